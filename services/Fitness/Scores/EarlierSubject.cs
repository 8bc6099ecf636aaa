using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Scores;

/// <summary>Earlier versions kept signals and history within the subject's document.</summary>
static class EarlierSubject
{
    /// <summary>Pure: the same subject with its signals and history as rows, its sum by these weights; any other as it is.</summary>
    public static Counted MoveOut(Subject subject, SignalWeights weights)
    {
        if (subject.Signals.Count == 0 && subject.History.Count == 0) return new(subject, [], []);

        var rows = subject.Signals.Select((s, i) => new Signal
        {
            Id = $"{subject.Id}/{s.Id}", Subject = subject.Id, Key = s.Id, Name = s.Name, Value = s.Value, Amount = SignalWeights.AmountOf(s.Name, s.Value),
            Source = s.Source, Detail = s.Detail, OccurredAt = s.OccurredAt, CountedAt = s.CountedAt, Number = i + 1,
        }).ToList();
        var changes = subject.History.Select((h, i) => new ScoreChange
        {
            Id = ScoreChange.IdOf(subject.Id, i + 1), Subject = subject.Id, Revision = i + 1, At = h.At, Before = i == 0 ? 0 : subject.History[i - 1].Score,
            Score = h.Score, Label = h.Label, Status = h.Status, Because = string.Join("; ", h.Because),
        }).ToList();
        var moved = subject with
        {
            Signals = [], History = [], Revision = Math.Max(rows.Count, changes.Count), WeightsVersion = weights.Version,
            KnownAt = subject.IsKnown ? subject.ScoredAt : null, Skill = subject.Kind == "skill" ? SubjectId.VersionOf(subject.Id).Skill : null,
        };
        return new(rows.Aggregate(moved, (s, row) => s.Count(row, weights.Of(row))).Scored(subject.ScoredAt), rows, changes);
    }
}
