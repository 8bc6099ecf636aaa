using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.OperatorConsole.Activities;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>
/// What the Console knows of one candidate. Every message adds its own facts and the state follows from the facts, so that any order of messages, and any
/// repetition, ends in the same item. Items that are decided stay, out of sight: a late "validated" must not bring one back.
/// </summary>
sealed record InboxItem
{
    /// <summary>The candidate.</summary>
    public required Guid Id { get; init; }

    public Guid PatternId { get; init; }

    public string AgentId { get; init; } = "";

    public string SkillName { get; init; } = "";

    public string? Generator { get; init; }

    /// <summary>When it passed validation; from then on a person is needed.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    public int HeldOutPassed { get; init; }

    public int HeldOutTotal { get; init; }

    /// <summary>Fitness, as far as it is known.</summary>
    public double? Score { get; init; }

    /// <summary>The signals that the score counts; of two scores the one with more is the newer.</summary>
    public int ScoreSignals { get; init; }

    /// <summary><c>approved</c>, <c>rejected</c>, <c>validation_failed</c> or <c>generation_failed</c>; <c>null</c> while it is open.</summary>
    public string? Ended { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? EndedBy { get; init; }

    public string? Reason { get; init; }

    public Guid? ConversationId { get; init; }

    /// <summary>Stored beside the facts that it follows from, so that the list can ask for it.</summary>
    public bool IsWaiting { get; init; }

    InboxItem Settled() => this with { IsWaiting = WaitingSince is not null && Ended is null };

    public InboxItem With(SkillCandidateProposed m) => (Known(m.PatternId, m.AgentId, m.SkillName) with { Generator = m.Generator }).Settled();

    public InboxItem With(SkillCandidateValidated m) =>
        (Known(m.PatternId, m.AgentId, m.SkillName) with { WaitingSince = m.ValidatedAt, HeldOutPassed = m.HeldOutPassed, HeldOutTotal = m.HeldOutTotal }).Settled();

    public InboxItem With(SkillCandidateValidationFailed m) => Known(m.PatternId, m.AgentId, m.SkillName).End("validation_failed", m.FailedAt, null, m.Reason);

    public InboxItem With(SkillCandidateGenerationFailed m) => Known(m.PatternId, m.AgentId, m.SkillName).End("generation_failed", m.FailedAt, null, m.Reason);

    public InboxItem With(SkillCandidateApproved m) => Known(m.PatternId, m.AgentId, m.SkillName).End("approved", m.ApprovedAt, m.ApprovedBy, m.Reason);

    public InboxItem With(SkillCandidateRejected m) => Known(m.PatternId, m.AgentId, m.SkillName).End("rejected", m.RejectedAt, m.RejectedBy, m.Reason);

    public InboxItem With(FitnessScored m) => m.SignalCount > ScoreSignals ? this with { Score = m.Score, ScoreSignals = m.SignalCount } : this;

    InboxItem Known(Guid pattern, string agent, string skill) => this with { PatternId = pattern, AgentId = agent, SkillName = skill };

    InboxItem End(string how, DateTimeOffset at, string? by, string? reason) => (this with { Ended = how, EndedAt = at, EndedBy = by, Reason = reason is null ? null : Describe.Cut(reason) }).Settled();
}
