namespace AutoDev.Contracts.Evolver;

/// <summary>The Evolver began to look for a better form of one version of a skill. Ends with exactly one <see cref="ExperimentEnded"/>.</summary>
public sealed record ExperimentStarted
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The experiment.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it starts from.</summary>
    public required string Version { get; init; }

    /// <summary>What shall become better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The agent whose execution showed the need; <c>null</c> where a person or the background evolution asked.</summary>
    public string? AgentId { get; init; }

    /// <summary>A person's or key's name, or <c>system:trigger</c>, <c>system:background</c>.</summary>
    public required string StartedBy { get; init; }

    /// <summary>How often a winner may be changed again, 1 to 20.</summary>
    public required int Iterations { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset StartedAt { get; init; }
}
