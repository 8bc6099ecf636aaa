using AutoDev.Contracts.Fitness;

namespace AutoDev.Fitness.Scores;

/// <summary>Something that has a score, with every signal that made it. Changes return a new one, or this one where nothing changed.</summary>
public sealed record Subject
{
    /// <summary>See <see cref="SubjectId"/>.</summary>
    public required string Id { get; init; }

    /// <summary><c>candidate</c>, <c>mutation</c> or <c>skill</c>.</summary>
    public string Kind => SubjectId.KindOf(Id);

    /// <summary>Its owner has spoken of it. Until then signals are kept, and no score is said.</summary>
    public bool IsKnown { get; init; }

    /// <summary><c>waiting</c> for its owner to speak of it; else the score's status.</summary>
    public string Status => IsKnown ? Score.Status : "waiting";

    /// <summary>In the order they were counted; a skill version's contain its candidate's.</summary>
    public IReadOnlyList<Signal> Signals { get; init; } = [];

    /// <summary>The candidate that a skill version was made from.</summary>
    public string? Candidate { get; init; }

    /// <summary>The skill versions that a candidate became; its signals count for them too.</summary>
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>The current score.</summary>
    public FitnessScore Score { get; init; } = FitnessScore.None;

    /// <summary>When it last changed.</summary>
    public DateTimeOffset ScoredAt { get; init; }

    /// <summary>Every change of the score, oldest first.</summary>
    public IReadOnlyList<ScoreChange> History { get; init; } = [];

    /// <summary>Who asked for the evaluation, where somebody did.</summary>
    public string? EvaluationRequestedBy { get; init; }

    /// <summary>The loop it belongs to, so that a signal that comes days later is told in the same story.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>Counts those of the signals that were not counted yet.</summary>
    public Subject Count(IEnumerable<Signal> heard, DateTimeOffset now)
    {
        var known = Signals.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var fresh = heard.Where(s => known.Add(s.Id)).ToList();
        return fresh.Count == 0 ? this : (this with { Signals = [.. Signals, .. fresh] }).Rescored([.. fresh.Select(s => s.Reason)], now);
    }

    /// <summary>Its owner spoke of it.</summary>
    public Subject Heard(Guid? conversation, DateTimeOffset now) =>
        IsKnown ? this : (this with { IsKnown = true, ConversationId = ConversationId ?? conversation }).Rescored([], now);

    /// <summary>A candidate became this version of a skill.</summary>
    public Subject Became(string skill) => Skills.Contains(skill, StringComparer.Ordinal) ? this : this with { Skills = [.. Skills, skill] };

    /// <summary>A version of a skill was made from this candidate, and starts with what the candidate earned.</summary>
    public Subject MadeFrom(Subject candidate, DateTimeOffset now) =>
        (Candidate == candidate.Id ? this : this with { Candidate = Candidate ?? candidate.Id }).Count(candidate.Signals, now);

    /// <summary>Somebody does not want to wait for external signals any longer.</summary>
    public Subject Evaluate(string by, DateTimeOffset now) =>
        Score.Status == "evaluated" ? this : (this with { EvaluationRequestedBy = by }).Rescored([$"{by} asked for the evaluation"], now);

    /// <summary>What is said about it.</summary>
    public FitnessScored Say(string workspace) => new()
    {
        WorkspaceId = workspace, Subject = Id, Score = Score.Value, Label = Score.Label, Status = Score.Status,
        SignalCount = Signals.Count, ScoredAt = ScoredAt,
    };

    /// <summary>Whether others would notice the difference to what was said before.</summary>
    public bool IsNewsAfter(Subject before) =>
        IsKnown && Signals.Count > 0 && (!before.IsKnown || before.Score != Score || before.Signals.Count != Signals.Count);

    Subject Rescored(IReadOnlyList<string> because, DateTimeOffset now)
    {
        var score = FitnessScore.Of(Signals, EvaluationRequestedBy is not null);
        return this with
        {
            Score = score, ScoredAt = now,
            History = score == Score && History.Count > 0 || because.Count == 0
                ? History
                : [.. History, new(now, score.Value, score.Label, score.Status, because)],
        };
    }
}

/// <summary>One change of a score and its reasons.</summary>
public sealed record ScoreChange(DateTimeOffset At, double Score, string Label, string Status, IReadOnlyList<string> Because);
