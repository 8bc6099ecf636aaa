namespace AutoDev.Contracts.Memento;

/// <summary>A generator wrote the code of a candidate; it has not run yet.</summary>
public sealed record SkillCandidateProposed
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The candidate.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The failure pattern that it answers.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The agent that failed.</summary>
    public required string AgentId { get; init; }

    /// <summary>The function's name.</summary>
    public required string SkillName { get; init; }

    /// <summary>The generator: <c>by-example</c> or the model's name.</summary>
    public required string Generator { get; init; }

    /// <summary>When the code was written.</summary>
    public required DateTimeOffset ProposedAt { get; init; }
}
