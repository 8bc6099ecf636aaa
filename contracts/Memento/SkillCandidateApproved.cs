namespace AutoDev.Contracts.Memento;

/// <summary>A person approved the candidate.</summary>
public sealed record SkillCandidateApproved
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
    public required string ApprovedBy { get; init; }

    /// <summary>Why, where a reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ApprovedAt { get; init; }
}
