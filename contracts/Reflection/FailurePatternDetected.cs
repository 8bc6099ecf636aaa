namespace AutoDev.Contracts.Reflection;

/// <summary>
/// An agent failed the same task often enough, and the gate lets it learn. Carries everything that a generator needs, since nobody reads another's data.
/// A pattern is said again with a higher <see cref="Attempt"/> when an earlier attempt at a skill came to nothing.
/// </summary>
public sealed record FailurePatternDetected
{
    /// <summary>The pattern.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The agent that failed.</summary>
    public required string AgentId { get; init; }

    /// <summary>The task, in the words of the first failure.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>1 for the first time, 2 for the first repetition. With the pattern's id the idempotency key.</summary>
    public required int Attempt { get; init; }

    /// <summary>The pattern's episodes, oldest first, at most 200 (the newest ones).</summary>
    public required IReadOnlyList<PatternEpisode> Episodes { get; init; }

    /// <summary>Version of the workspace's settings by which the gate let it pass; who decides after it decides by this version or a newer one.</summary>
    public int SettingsVersion { get; init; }

    /// <summary>Version of the agent's maturity by which the gate let it pass.</summary>
    public int MaturityVersion { get; init; }

    /// <summary>When the threshold was reached.</summary>
    public required DateTimeOffset DetectedAt { get; init; }
}
