using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Scores;

/// <summary>What is stored when a subject hears signals.</summary>
/// <param name="Subject">The subject after all of them.</param>
/// <param name="Rows">Signals that are new or changed.</param>
/// <param name="Changes">What each did to the score.</param>
sealed record Counted(Subject Subject, IReadOnlyCollection<Signal> Rows, IReadOnlyList<ScoreChange> Changes);

/// <summary>
/// Counts signals one by one, from nothing but the subject's sum and the few signals that they are about; whatever their order and number, the sum is that of
/// <see cref="FitnessScore.Of(IReadOnlyCollection{Signal}, SignalWeights, bool)"/>.
/// </summary>
static class CountSignals
{
    /// <summary>Pure.</summary>
    /// <param name="subject">As it is.</param>
    /// <param name="heard">Signals of this subject.</param>
    /// <param name="known">Of the signals that were counted: those with the same keys, those that are voided by what was heard, those that void it.</param>
    /// <param name="weights">The subject's sum is by these.</param>
    /// <param name="now">The time.</param>
    public static Counted Decide(Subject subject, IReadOnlyCollection<Signal> heard, IEnumerable<Signal> known, SignalWeights weights, DateTimeOffset now)
    {
        var rows = known.ToDictionary(s => s.Id, StringComparer.Ordinal);
        var voiders = rows.Values.Concat(heard).Where(s => s.VoidedRow is not null).ToLookup(s => s.VoidedRow!, s => s.Key, StringComparer.Ordinal);
        var (written, changes) = (new Dictionary<string, Signal>(StringComparer.Ordinal), new List<ScoreChange>());
        foreach (var signal in heard)
        {
            if (rows.ContainsKey(signal.Id)) continue;

            var before = subject;
            var voidedBy = voiders[signal.Id].Order(StringComparer.Ordinal).FirstOrDefault();
            var row = Keep(signal with { CountedAt = now, Number = subject.Revision + 1, VoidedBy = voidedBy });
            if (row.VoidedBy is null) subject = subject.Count(row, weights.Of(row));
            if (row.VoidedRow is { } target && rows.TryGetValue(target, out var voided) && voided.VoidedBy is null)
            {
                Keep(voided with { VoidedBy = row.Key });
                subject = subject.Count(voided, weights.Of(voided), isTaken: true);
            }

            subject = subject.Scored(now);
            changes.Add(ScoreChange.OfSignal(row, before, subject, now));
        }

        return new(subject, written.Values, changes);

        Signal Keep(Signal row) => written[row.Id] = rows[row.Id] = row;
    }
}
