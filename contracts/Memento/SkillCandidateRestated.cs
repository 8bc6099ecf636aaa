namespace AutoDev.Contracts.Memento;

/// <summary>A candidate that nobody has decided on, said again for those who have lost what was said of it; to all others it is no news.</summary>
public sealed record SkillCandidateRestated
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

    /// <summary>As <see cref="SkillCandidateProposed.Generator"/> says.</summary>
    public required string Generator { get; init; }

    /// <summary>Held-out episodes it answered rightly; 0 while it is in the sandbox.</summary>
    public required int HeldOutPassed { get; init; }

    /// <summary>Held-out episodes there were.</summary>
    public required int HeldOutTotal { get; init; }

    /// <summary>What language models cost for it so far, in the currency of the workspace's prices.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Since when it waits for a person; <c>null</c> while it is in the sandbox.</summary>
    public DateTimeOffset? ValidatedAt { get; init; }
}
