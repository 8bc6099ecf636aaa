using AutoDev.Contracts.Fitness;
using AutoDev.Fitness.Variants;
using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Scores;

/// <summary>
/// Something that has a score. It holds what its signals add up to; they and what they changed are rows of their own (<see cref="Signal"/>,
/// <see cref="ScoreChange"/>), so that it is as large with a hundred thousand of them as with one. Changes return a new one, or this one where nothing changed.
/// </summary>
public sealed record Subject
{
    /// <summary>See <see cref="SubjectId"/>.</summary>
    public required string Id { get; init; }

    /// <summary><c>candidate</c>, <c>mutation</c> or <c>skill</c>.</summary>
    public string Kind => SubjectId.KindOf(Id);

    /// <summary>Its owner has spoken of it. Until then signals are kept, and no score is said.</summary>
    public bool IsKnown { get; init; }

    /// <summary>Since when: the time for which external signals are waited for begins here.</summary>
    public DateTimeOffset? KnownAt { get; init; }

    /// <summary><c>waiting</c> for its owner to speak of it; else the score's status.</summary>
    public string Status => IsKnown ? Score.Status : "waiting";

    /// <summary>Since when external signals are waited for; <c>null</c> while nobody does.</summary>
    public DateTimeOffset? WaitingSince => Status == "pending" ? KnownAt : null;

    /// <summary>Grows with everything that happens to it.</summary>
    public int Revision { get; init; }

    /// <summary>Of the weights of its signals, those aside that were replaced or taken back; not clamped.</summary>
    public decimal Sum { get; init; }

    /// <summary>How many signals that are; a skill version's contain those of what it was made from.</summary>
    public int SignalCount { get; init; }

    /// <summary>How many of them are external.</summary>
    public int ExternalCount { get; init; }

    /// <summary>The <see cref="SignalWeights.Version"/> that the sum is by.</summary>
    public int WeightsVersion { get; init; }

    /// <summary>The skill that a mutation or a version belongs to.</summary>
    public string? Skill { get; init; }

    /// <summary>The candidate that a skill version was made from.</summary>
    public string? Candidate { get; init; }

    /// <summary>The mutation that a skill version was made from.</summary>
    public string? Mutation { get; init; }

    /// <summary>The skill versions that a candidate or a mutation became; its signals count for them too.</summary>
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>What was measured of a mutation, and of the version that it became, against the parent.</summary>
    public Efficiency? Efficiency { get; init; }

    /// <summary>The current score.</summary>
    public FitnessScore Score { get; init; } = FitnessScore.None;

    /// <summary>When it last changed.</summary>
    public DateTimeOffset ScoredAt { get; init; }

    /// <summary>Who ended the waiting for external signals, where somebody did; <see cref="Deadline"/> where the time ran out.</summary>
    public string? EvaluationRequestedBy { get; init; }

    /// <summary>The loop it belongs to, so that a signal that comes days later is told in the same story.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>What earlier versions kept here: moved to rows of their own as soon as the subject changes, at the latest soon after the start.</summary>
    public IReadOnlyList<EarlierSignal> Signals { get; init; } = [];

    /// <summary>The same of its changes.</summary>
    public IReadOnlyList<EarlierChange> History { get; init; } = [];

    /// <summary>Who ends the waiting when nobody else did.</summary>
    public const string Deadline = "system:deadline";

    /// <summary>Its owner spoke of it.</summary>
    public Subject Heard(Guid? conversation, DateTimeOffset now) =>
        IsKnown ? this : (this with { IsKnown = true, KnownAt = now, ConversationId = ConversationId ?? conversation }).Scored(now);

    /// <summary>A candidate or a mutation became this version of a skill.</summary>
    public Subject Became(string skill) => Skills.Contains(skill, StringComparer.Ordinal) ? this
        : this with { Skills = [.. Skills, skill], Revision = Revision + 1 };

    /// <summary>A version of a skill was made from this.</summary>
    public Subject MadeFrom(Subject origin)
    {
        var made = origin.Kind == "candidate" ? this with { Candidate = Candidate ?? origin.Id } : this with { Mutation = Mutation ?? origin.Id };
        return made == this ? this : made with { Revision = Revision + 1 };
    }

    /// <summary>It belongs to this skill, and this was measured of it.</summary>
    public Subject Of(string skill, Efficiency? measured)
    {
        var known = this with { Skill = skill, Efficiency = measured ?? Efficiency };
        return known == this ? this : known with { Revision = Revision + 1 };
    }

    /// <summary>External signals are not waited for any longer.</summary>
    public Subject Evaluate(string by, DateTimeOffset now) => Score.Status == "evaluated" ? this : (this with { EvaluationRequestedBy = by }).Scored(now);

    /// <summary>A signal counts from now on, or does not any more.</summary>
    /// <param name="signal">One that is no retraction; those change nothing by themselves.</param>
    /// <param name="weight">What it adds.</param>
    /// <param name="isTaken">Whether it is taken away.</param>
    public Subject Count(Signal signal, decimal weight, bool isTaken = false)
    {
        if (signal.IsRetraction) return this;
        var sign = isTaken ? -1 : 1;
        return this with { Sum = Sum + sign * weight, SignalCount = SignalCount + sign, ExternalCount = ExternalCount + (signal.IsExternal ? sign : 0) };
    }

    /// <summary>With the score of its sum and the next revision.</summary>
    public Subject Scored(DateTimeOffset now) => this with
    {
        Score = FitnessScore.Of(Sum, ExternalCount, EvaluationRequestedBy is not null), ScoredAt = now, Revision = Revision + 1,
    };

    /// <summary>What is said about it.</summary>
    public FitnessScored Say(string workspace) => new()
    {
        WorkspaceId = workspace, Subject = Id, Score = Score.Value, Label = Score.Label, Status = Score.Status,
        SignalCount = SignalCount, Revision = Revision, ScoredAt = ScoredAt,
    };

    /// <summary>Whether others would notice the difference to what was said before.</summary>
    public bool IsNewsAfter(Subject before) =>
        IsKnown && (SignalCount > 0 || before.SignalCount > 0) && (!before.IsKnown || before.Score != Score || before.SignalCount != SignalCount);
}
