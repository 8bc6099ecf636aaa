using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Weights;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class SubjectTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Guid Id = Guid.Parse("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000");

    [Theory]
    [InlineData("candidate:0190AAAA-bbbb-7ccc-8ddd-eeeeffff0000", "candidate:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")]
    [InlineData("mutation:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "mutation:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")]
    [InlineData("skill:extract_invoice_id@1.0.0", "skill:extract_invoice_id@1.0.0")]
    [InlineData("skill:größe@12.0.3", "skill:größe@12.0.3")]
    [InlineData("skill:a@1.0", null)]
    [InlineData("skill:a@1.0.0\n", null)]
    [InlineData("skill:a b@1.0.0", null)]
    [InlineData("skill:a/b@1.0.0", null)]
    [InlineData("skill:a\0@1.0.0", null)]
    [InlineData("skill:@1.0.0", null)]
    [InlineData("agent:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", null)]
    [InlineData("candidate:0190aaaabbbb7ccc8dddeeeeffff0000", null)]
    [InlineData("candidate:", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void One_subject_has_one_name(string? text, string? id) => Assert.Equal(id, SubjectId.Parse(text));

    [Fact]
    public void The_changes_say_what_moved_the_score_from_what_to_what_and_when()
    {
        var first = Hear(new Subject { Id = SubjectId.Candidate(Id) }.Heard(null, Now), Now, [], Ours("no_syntax_error"), Ours("execution_success"));
        var second = Hear(first.Subject, Now.AddHours(1), [], Signal.OfCandidate(Id, "approved", Now, "ann: fine", "ann"));

        Assert.Equal([(0, 0.2, "poor"), (0.2, 0.5, "moderate")], first.Changes.Select(c => (c.Before, c.Score, c.Label)));
        var change = Assert.Single(second.Changes);
        Assert.Equal((Now.AddHours(1), 0.5, 1.0, "approved", "ann", "A person approved it (ann: fine)"),
            (change.At, change.Before, change.Score, change.Signal, change.By, change.Because));
        Assert.True(second.Subject.Revision > first.Subject.Revision);
        Assert.Equal(3, first.Changes.Concat(second.Changes).Select(c => c.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_signal_that_was_counted_changes_nothing()
    {
        var once = Hear(new Subject { Id = SubjectId.Candidate(Id) }.Heard(null, Now), Now, [], Ours("approved"));
        var twice = Hear(once.Subject, Now.AddDays(1), once.Rows, Ours("approved"));
        Assert.Same(once.Subject, twice.Subject);
        Assert.Empty(twice.Rows);
    }

    [Fact]
    public void A_retraction_takes_back_what_its_signal_added_and_says_so()
    {
        var subject = Hear(new Subject { Id = "skill:a@1.0.0", IsKnown = true }, Now, [], External("x", "invoice_created"));
        var taken = Hear(subject.Subject, Now.AddDays(1), subject.Rows, External("y", "retraction", retracts: "x"));
        Assert.Equal((0, 0m, 0, "pending"), (taken.Subject.Score.Value, taken.Subject.Sum, taken.Subject.SignalCount, taken.Subject.Status));
        Assert.Equal("external:y", taken.Rows.Single(r => r.Key == "external:x").VoidedBy);
        var change = Assert.Single(taken.Changes);
        Assert.Equal((0.4, 0, -0.4m, "An earlier signal was taken back (takes back x)"), (change.Before, change.Score, change.Weight, change.Because));
        Assert.True(taken.Subject.IsNewsAfter(subject.Subject));
    }

    [Fact]
    public void Nothing_is_said_of_a_subject_whose_owner_has_not_spoken()
    {
        var unheard = new Subject { Id = "skill:a@1.0.0" };
        var waiting = Hear(unheard, Now, [], External("x", "invoice_created")).Subject;
        Assert.Equal("waiting", waiting.Status);
        Assert.False(waiting.IsNewsAfter(unheard));

        var heard = waiting.Heard(null, Now);
        Assert.Equal(("evaluated", 0.4), (heard.Status, heard.Score.Value));
        Assert.True(heard.IsNewsAfter(waiting));
    }

    [Fact]
    public void A_subject_that_nothing_is_known_of_yet_is_no_news() =>
        Assert.False(new Subject { Id = "skill:a@1.0.0" }.Heard(null, Now).IsNewsAfter(new Subject { Id = "skill:a@1.0.0" }));

    [Fact]
    public void No_sender_can_take_the_place_of_a_signal_of_ours_nor_take_it_back()
    {
        var (subject, approved) = (new Subject { Id = SubjectId.Candidate(Id) }, Ours("approved"));
        var forged = Hear(subject, Now, [], External(approved.Key, "email_bounce", subject: subject.Id));
        Assert.Equal(0.2, Hear(forged.Subject, Now, forged.Rows, approved).Subject.Score.Value);
        var taken = Hear(subject, Now, [], External("r", "retraction", retracts: approved.Key, subject: subject.Id));
        Assert.Equal(0.5, Hear(taken.Subject, Now, taken.Rows, approved).Subject.Score.Value);
    }

    [Fact]
    public void Asking_for_an_evaluation_twice_changes_nothing_the_second_time()
    {
        var evaluated = Hear(new Subject { Id = SubjectId.Candidate(Id) }.Heard(null, Now), Now, [], Ours("approved")).Subject.Evaluate("ann", Now);
        Assert.Equal(("evaluated", null), (evaluated.Status, evaluated.WaitingSince));
        Assert.Same(evaluated, evaluated.Evaluate("bob", Now.AddDays(1)));
    }

    [Fact]
    public void Other_weights_give_another_sum_and_the_same_sum_is_no_change()
    {
        var subject = Hear(new Subject { Id = "skill:a@1.0.0", IsKnown = true }, Now, [], External("x", "invoice_created")).Subject;
        var weights = new SignalWeights { Version = 1, Changed = new Dictionary<string, decimal>(StringComparer.Ordinal) { ["invoice_created"] = 0.1m } };
        var weighed = ScoreSubject.Reweigh(subject, [new("invoice_created", IsExternal: true, 1, 0.1m)], weights, Now);
        Assert.Equal((0.1, 1, subject.Revision + 1), (weighed.Score.Value, weighed.WeightsVersion, weighed.Revision));
        Assert.Equal(subject.Revision, ScoreSubject.Reweigh(subject, [new("invoice_created", IsExternal: true, 1, 0.4m)], weights, Now).Revision);
    }

    [Fact]
    public void What_an_earlier_version_kept_in_the_subject_becomes_rows()
    {
        var earlier = new Subject
        {
            Id = "skill:a@1.0.0", IsKnown = true, Score = FitnessScore.Of(0.5m, 1, waitingEnded: false), ScoredAt = Now,
            Signals =
            [
                new("candidate:x/approved", "approved", null, "memento", "ann", Now, Now, 0.5m, IsExternal: false, "A person approved it (ann)"),
                new("external:c", "conversion_value", 120, "external", null, Now, Now, 0.12m, IsExternal: true, "A conversion of some value"),
            ],
            History = [new(Now, 0.5, "moderate", "pending", ["A person approved it (ann)"]),
                new(Now, 0.62, "moderate", "evaluated", ["A conversion of some value"])],
        };
        var moved = EarlierSubject.MoveOut(earlier, SignalWeights.Default);
        Assert.Equal((0.62, 0.62m, 2, 1, "a"), (moved.Subject.Score.Value, moved.Subject.Sum, moved.Subject.SignalCount, moved.Subject.ExternalCount,
            moved.Subject.Skill));
        Assert.Equal((2, 2, 0, 0), (moved.Rows.Count, moved.Changes.Count, moved.Subject.Signals.Count, moved.Subject.History.Count));
        Assert.Same(moved.Subject, Hear(moved.Subject, Now, moved.Rows, External("c", "conversion_value", 120)).Subject);
        Assert.Same(moved.Subject, EarlierSubject.MoveOut(moved.Subject, SignalWeights.Default).Subject);
    }

    static Counted Hear(Subject subject, DateTimeOffset now, IEnumerable<Signal> known, params Signal[] heard) =>
        CountSignals.Decide(subject, heard, known, SignalWeights.Default, now);

    static Signal Ours(string name) => Signal.OfCandidate(Id, name, Now);

    static Signal External(string id, string name, double? value = null, string? retracts = null, string subject = "skill:a@1.0.0") =>
        Signal.FromOutside(new()
        {
            WorkspaceId = "acme", SignalId = id, Subject = subject, Signal = name, Value = value, OccurredAt = Now, Retracts = retracts,
        });
}
