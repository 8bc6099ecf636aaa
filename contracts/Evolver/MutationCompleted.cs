namespace AutoDev.Contracts.Evolver;

/// <summary>A mutation was compared with its parent on all recorded inputs: it waits for review, or it failed.</summary>
public sealed record MutationCompleted
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The experiment that it comes from.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it is made from.</summary>
    public required string ParentVersion { get; init; }

    /// <summary>What became better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>What wrote it, as <see cref="MutationProposed.Mutator"/> says.</summary>
    public required string Mutator { get; init; }

    /// <summary>What was changed, in words.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it won: no output changed, or only those changed that the parent failed on, and it is better beyond the noise.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Detail { get; init; }

    /// <summary>Proxy signal: the source does not parse.</summary>
    public bool SyntaxError { get; init; }

    /// <summary>Proxy signal: it ended well on every input on which its parent does.</summary>
    public bool ExecutionSuccess { get; init; }

    /// <summary>How many recorded inputs it was compared on.</summary>
    public int Inputs { get; init; }

    /// <summary>How many of them it answers where the parent failed.</summary>
    public int Mended { get; init; }

    /// <summary>The parent's CPU time divided by the mutation's: above 1 it is faster; <c>null</c> where nothing was measured.</summary>
    public double? Speedup { get; init; }

    /// <summary>Lower end of the speedup's interval.</summary>
    public double? SpeedupLow { get; init; }

    /// <summary>Upper end of the speedup's interval.</summary>
    public double? SpeedupHigh { get; init; }

    /// <summary>The parent's peak memory divided by the mutation's: above 1 it needs less.</summary>
    public double? MemoryRatio { get; init; }

    /// <summary>The agent whose execution showed the need, where one did.</summary>
    public string? AgentId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CompletedAt { get; init; }
}
