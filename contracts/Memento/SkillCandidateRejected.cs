namespace AutoDev.Contracts.Memento;

/// <summary>A person rejected the candidate. It can be regenerated.</summary>
public sealed record SkillCandidateRejected
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The candidate.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The failure pattern that it answers; empty where a person imported it.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The agent that failed; empty where a person imported it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The function's name.</summary>
    public required string SkillName { get; init; }

    /// <summary>Who.</summary>
    public required string RejectedBy { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RejectedAt { get; init; }
}
