using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.OperatorConsole.Activities;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>What an item is.</summary>
public enum InboxKind
{
    /// <summary>A new skill.</summary>
    Candidate,

    /// <summary>A better form of a skill.</summary>
    Mutation,
}

/// <summary>
/// What the Console knows of one candidate or mutation. Every message adds its own facts and the state follows from the facts, so that any order of messages,
/// and any repetition, ends in the same item. Items that are decided stay, out of sight: a late "validated" must not bring one back.
/// </summary>
public sealed record InboxItem
{
    /// <summary>The candidate or the mutation.</summary>
    public required Guid Id { get; init; }

    public InboxKind Kind { get; init; }

    public Guid PatternId { get; init; }

    public string AgentId { get; init; } = "";

    public string SkillName { get; init; } = "";

    /// <summary>What wrote it.</summary>
    public string? Generator { get; init; }

    /// <summary>When it passed its proof; from then on a person is needed.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    public int HeldOutPassed { get; init; }

    public int HeldOutTotal { get; init; }

    /// <summary>Recorded inputs that a mutation was compared on.</summary>
    public int Inputs { get; init; }

    /// <summary>Those of them that it answers where its parent fails.</summary>
    public int Mended { get; init; }

    /// <summary>The parent's CPU time divided by the mutation's.</summary>
    public double? Speedup { get; init; }

    /// <summary>Fitness, as far as it is known.</summary>
    public double? Score { get; init; }

    /// <summary>Of two scores the one with the higher revision is the newer.</summary>
    public int ScoreRevision { get; init; }

    /// <summary>Where neither has a revision, the one that counts more signals is the newer.</summary>
    public int ScoreSignals { get; init; }

    /// <summary>What language models cost for it, in the currency of the workspace's prices.</summary>
    public decimal Cost { get; init; }

    /// <summary><c>approved</c>, <c>rejected</c>, <c>validation_failed</c>, <c>generation_failed</c> or <c>failed</c>; <c>null</c> while it is open.</summary>
    public string? Ended { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? EndedBy { get; init; }

    public string? Reason { get; init; }

    public Guid? ConversationId { get; init; }

    /// <summary>Stored beside the facts that it follows from, so that the list can ask for it.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>The same.</summary>
    public RiskLevel Risk { get; init; }

    /// <summary>Lists are ordered by it; the level itself is stored as a word.</summary>
    public int RiskKey => (int)Risk;

    /// <summary>Lists are ordered by it: what has no score comes last.</summary>
    public double FitnessKey => Score ?? -1;

    /// <summary>The page on which it is decided.</summary>
    public string Address(string workspace) => $"/w/{Uri.EscapeDataString(workspace)}/{(Kind == InboxKind.Mutation ? "mutations" : "review")}/{Id}";

    InboxItem Settled() => this with { IsWaiting = WaitingSince is not null && Ended is null, Risk = Inbox.Risk.Of(this).Level };

    public InboxItem With(SkillCandidateProposed m) => (Known(m.PatternId, m.AgentId, m.SkillName) with { Generator = m.Generator }).Settled();

    public InboxItem With(SkillCandidateValidated m)
    {
        var proven = Known(m.PatternId, m.AgentId, m.SkillName) with { HeldOutPassed = m.HeldOutPassed, HeldOutTotal = m.HeldOutTotal };
        return (proven with { WaitingSince = m.ValidatedAt }).Settled();
    }

    public InboxItem With(SkillCandidateValidationFailed m) => Known(m.PatternId, m.AgentId, m.SkillName).End("validation_failed", m.FailedAt, null, m.Reason);

    public InboxItem With(SkillCandidateGenerationFailed m) => Known(m.PatternId, m.AgentId, m.SkillName).End("generation_failed", m.FailedAt, null, m.Reason);

    public InboxItem With(SkillCandidateApproved m) => Known(m.PatternId, m.AgentId, m.SkillName).End("approved", m.ApprovedAt, m.ApprovedBy, m.Reason);

    public InboxItem With(SkillCandidateRejected m) => Known(m.PatternId, m.AgentId, m.SkillName).End("rejected", m.RejectedAt, m.RejectedBy, m.Reason);

    /// <summary>Only what is not known is learned of what is said again: whatever else was heard of it came later, or will.</summary>
    public InboxItem With(SkillCandidateRestated m)
    {
        var known = Known(m.PatternId, m.AgentId, m.SkillName) with { Generator = Generator ?? m.Generator, Cost = Math.Max(Cost, m.Cost) };
        return (WaitingSince is null && m.ValidatedAt is { } at
            ? known with { WaitingSince = at, HeldOutPassed = m.HeldOutPassed, HeldOutTotal = m.HeldOutTotal }
            : known).Settled();
    }

    /// <summary>The same.</summary>
    public InboxItem With(MutationRestated m)
    {
        var known = OfMutation(m.SkillName) with { Cost = Math.Max(Cost, m.Cost) };
        return (WaitingSince is null
            ? known with { AgentId = m.AgentId ?? "", Generator = m.Mutator, Inputs = m.Inputs, Mended = m.Mended, Speedup = m.Speedup, WaitingSince = m.CompletedAt }
            : known).Settled();
    }

    public InboxItem With(MutationCompleted m)
    {
        var compared = OfMutation(m.SkillName) with
        {
            AgentId = m.AgentId ?? "", Generator = m.Mutator, Inputs = m.Inputs, Mended = m.Mended, Speedup = m.Speedup,
        };
        return m.Passed ? (compared with { WaitingSince = m.CompletedAt }).Settled() : compared.End("failed", m.CompletedAt, null, m.Detail);
    }

    public InboxItem With(MutationApproved m) => OfMutation(m.SkillName).End("approved", m.ApprovedAt, m.ApprovedBy, m.Reason);

    public InboxItem With(MutationRejected m) => OfMutation(m.SkillName).End("rejected", m.RejectedAt, m.RejectedBy, m.Reason);

    public InboxItem With(FitnessScored m) => (m.Revision, m.SignalCount).CompareTo((ScoreRevision, ScoreSignals)) > 0
        ? this with { Score = m.Score, ScoreRevision = m.Revision, ScoreSignals = m.SignalCount }
        : this;

    InboxItem Known(Guid pattern, string agent, string skill) => this with { PatternId = pattern, AgentId = agent, SkillName = skill };

    InboxItem OfMutation(string skill) => this with { Kind = InboxKind.Mutation, SkillName = skill };

    InboxItem End(string how, DateTimeOffset at, string? by, string? reason) =>
        (this with { Ended = how, EndedAt = at, EndedBy = by, Reason = reason is null ? null : Describe.Cut(reason) }).Settled();
}
