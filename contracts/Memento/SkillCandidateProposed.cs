namespace AutoDev.Contracts.Memento;

/// <summary>A generator wrote the code of a candidate; it has not run yet.</summary>
public sealed record SkillCandidateProposed
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

    /// <summary>The generator: <c>by-example</c>, the model's name, or <c>import</c> where a person imported it.</summary>
    public required string Generator { get; init; }

    /// <summary>When the code was written.</summary>
    public required DateTimeOffset ProposedAt { get; init; }
}
