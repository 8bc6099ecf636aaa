using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Weights;
using CsCheck;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class FitnessScoreTests
{
    const string Skill = "skill:a@1.0.0";

    static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("no_syntax_error", null, 0.2)]
    [InlineData("execution_success", null, 0.3)]
    [InlineData("approved", null, 0.5)]
    [InlineData("rejected", null, -0.5)]
    [InlineData("syntax_error", null, 0)]
    [InlineData("execution_failure", null, 0)]
    [InlineData("invoice_created", null, 0.4)]
    [InlineData("invoice_created", 900.0, 0.4)]
    [InlineData("crm_conversion", null, 0.5)]
    [InlineData("conversion_success", null, 0.6)]
    [InlineData("conversion_value", 0.0, 0)]
    [InlineData("conversion_value", 120.0, 0.12)]
    [InlineData("conversion_value", 500.0, 0.5)]
    [InlineData("conversion_value", 501.0, 0.5)]
    [InlineData("conversion_value", 1e300, 0.5)]
    [InlineData("conversion_value", 1e-300, 0)]
    [InlineData("email_bounce", null, -0.3)]
    [InlineData("error_signal", null, -0.5)]
    public void Every_signal_has_the_weight_that_was_promised(string name, double? value, double weight) =>
        Assert.Equal((decimal)weight, SignalWeights.Default.Of(Fact("a", name, value)));

    [Fact]
    public void Every_named_signal_has_a_weight_and_a_meaning()
    {
        foreach (var name in SignalWeights.Proxy.Concat(SignalWeights.External))
        {
            SignalWeights.UsualOf(name);
            Assert.NotEqual(name, SignalWeights.Meaning(name));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => SignalWeights.Default.Of("word_of_mouth"));
    }

    [Theory]
    [InlineData(new string[0], 0, "poor")]
    [InlineData(new[] { "no_syntax_error" }, 0.2, "poor")]
    [InlineData(new[] { "no_syntax_error", "execution_success" }, 0.5, "moderate")]
    [InlineData(new[] { "no_syntax_error", "crm_conversion" }, 0.7, "good")]
    [InlineData(new[] { "no_syntax_error", "execution_success", "approved" }, 1, "excellent")]
    [InlineData(new[] { "no_syntax_error", "execution_success", "rejected" }, 0, "poor")]
    [InlineData(new[] { "rejected" }, 0, "poor")]
    [InlineData(new[] { "execution_success", "conversion_success" }, 0.9, "excellent")]
    public void The_sum_of_the_weights_is_the_score_and_names_its_label(string[] names, double score, string label) =>
        Assert.Equal((score, label), (Score([.. names.Select((n, i) => Fact($"s{i}", n))]).Value, Score([.. names.Select((n, i) => Fact($"s{i}", n))]).Label));

    [Theory]
    [InlineData(499.999, "poor")]
    [InlineData(500, "moderate")]
    public void A_label_begins_exactly_at_its_threshold(double value, string label) => Assert.Equal(label, Score(Fact("a", "conversion_value", value)).Label);

    [Fact]
    public void The_sum_is_clamped_at_the_end_so_that_no_signal_is_lost_to_its_place()
    {
        Signal[] signals = [Fact("a", "conversion_success"), Fact("b", "crm_conversion"), Fact("c", "email_bounce")];
        Assert.Equal(0.8, Score(signals).Value);
    }

    [Fact]
    public void Ten_small_parts_add_up_exactly()
    {
        // 0.1 + 0.2 ≠ 0.3 in binary fractions; the label at 0.9 would be the wrong one.
        Assert.Equal((0.9, "excellent"), (Score([.. Enumerable.Range(0, 9).Select(i => Fact($"v{i}", "conversion_value", 100))]).Value,
            Score([.. Enumerable.Range(0, 9).Select(i => Fact($"v{i}", "conversion_value", 100))]).Label));
    }

    [Fact]
    public void A_score_is_pending_until_an_external_signal_came_or_nobody_waits_any_longer()
    {
        Signal[] proxy = [Signal.OfCandidate(Guid.Empty, "approved", Start)];
        Assert.Equal("pending", FitnessScore.Of(proxy, SignalWeights.Default, waitingEnded: false).Status);
        Assert.Equal("evaluated", FitnessScore.Of(proxy, SignalWeights.Default, waitingEnded: true).Status);
        Assert.Equal("evaluated", Score([.. proxy, Fact("late", "email_bounce")]).Status);
    }

    [Fact]
    public void What_was_taken_back_or_replaced_counts_nothing_whichever_came_first()
    {
        Signal[] signals =
            [Fact("a", "crm_conversion"), Fact("b", "invoice_created"), Told("c", "conversion_value", 100, replaces: "a"), Told("d", retracts: "b")];
        Assert.Equal((0.1, "evaluated"), (Score(signals).Value, Score(signals).Status));
        Assert.Equal(Score(signals), Score([.. signals.Reverse()]));
        var nothing = Score(Told("d", retracts: "b"), Fact("b", "invoice_created"));
        Assert.Equal((0, "pending"), (nothing.Value, nothing.Status));
    }

    [Fact]
    public void Any_permutation_and_duplication_of_a_history_gives_the_same_score() =>
        (from history in Histories
         from repeats in Gen.Int[0, 40].Array[0, 30]
         let told = history.Concat(repeats.Where(_ => history.Length > 0).Select(i => history[i % history.Length])).ToArray()
         from shuffled in Gen.Shuffle(told)
         select (history, shuffled))
        .Sample(t => Score(t.history).Equals(Score(t.shuffled)));

    [Fact]
    public void Signals_that_share_an_id_but_not_their_content_count_the_same_in_any_order() =>
        (from history in (from id in Gen.Int[0, 3] from day in Gen.Int[0, 2] from name in AnyOf(SignalWeights.External)
                          select Fact($"s{id}", name, 250, day)).Array[0, 12]
         from shuffled in Gen.Shuffle(history)
         select (history, shuffled))
        .Sample(t => Score(t.history).Equals(Score(t.shuffled)));

    [Fact]
    public void A_subject_that_hears_a_history_bit_by_bit_ends_with_the_score_of_the_set() =>
        (from history in Histories
         from shuffled in Gen.Shuffle(history.Concat(history).ToArray())
         from size in Gen.Int[1, 5]
         from weight in Gen.Int[-100, 100]
         let weights = new SignalWeights { Version = 1, Changed = new Dictionary<string, decimal>(StringComparer.Ordinal) { ["error_signal"] = weight / 100m } }
         select (history, weights, bits: shuffled.Chunk(size)))
        .Sample(t =>
        {
            var (subject, rows) = (new Subject { Id = Skill, IsKnown = true }, new Dictionary<string, Signal>(StringComparer.Ordinal));
            foreach (var bit in t.bits)
            {
                var counted = CountSignals.Decide(subject, bit, About(rows.Values, bit), t.weights, Start);
                foreach (var row in counted.Rows) rows[row.Id] = row;
                Assert.Equal(subject.Sum + counted.Changes.Sum(c => c.Weight), counted.Subject.Sum);
                subject = counted.Subject;
            }

            return subject.Score.Equals(FitnessScore.Of(t.history, t.weights, waitingEnded: false))
                && subject.Sum == rows.Values.Where(r => r.VoidedBy is null).Sum(t.weights.Of);
        });

    /// <summary>What <see cref="SignalRows.AboutAsync"/> finds, and nothing else.</summary>
    static IEnumerable<Signal> About(IEnumerable<Signal> rows, IReadOnlyCollection<Signal> heard)
    {
        var ids = heard.Select(s => s.Id).Concat(heard.Select(s => s.VoidedRow).OfType<string>()).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Where(r => ids.Contains(r.Id) || r.VoidedRow is { } voided && ids.Contains(voided))];
    }

    static Gen<Signal[]> Histories =>
        from names in AnyOf(SignalWeights.External).Array[0, 25]
        from values in Gen.Double[0, 2000].Array[25]
        from days in Gen.Int[0, 9].Array[25]
        from kinds in Gen.Int[0, 5].Array[25]
        from others in Gen.Int[0, 30].Array[25]
        select names.Select((name, i) => kinds[i] switch
        {
            0 when others[i] != i => Told($"s{i}", retracts: $"s{others[i]}"),
            1 when others[i] != i => Told($"s{i}", name, values[i], replaces: $"s{others[i]}"),
            _ => Fact($"s{i}", name, values[i], days[i]),
        }).ToArray();

    static Gen<string> AnyOf(IReadOnlyList<string> names) => Gen.Int[0, names.Count - 1].Select(i => names[i]);

    static FitnessScore Score(params Signal[] signals) => FitnessScore.Of(signals, SignalWeights.Default, waitingEnded: false);

    static Signal Fact(string id, string name, double? value = null, int day = 0) => Told(id, name, value, day: day);

    static Signal Told(string id, string name = SignalWeights.Retraction, double? value = null, string? replaces = null, string? retracts = null,
        int day = 0) =>
        Signal.FromOutside(new()
        {
            WorkspaceId = "acme", SignalId = id, Subject = Skill, Signal = name, Value = value, OccurredAt = Start.AddDays(day), Replaces = replaces,
            Retracts = retracts,
        });
}
