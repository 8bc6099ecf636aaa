namespace AutoDev.Contracts.Memento;

/// <summary>The candidate passed every check in the sandbox and waits for a person.</summary>
public sealed record SkillCandidateValidated
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

    /// <summary>Held-out episodes it answered rightly; the generator had not seen them.</summary>
    public required int HeldOutPassed { get; init; }

    /// <summary>Held-out episodes there were.</summary>
    public required int HeldOutTotal { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ValidatedAt { get; init; }
}
