namespace AutoDev.Contracts.Evolver;

/// <summary>An experiment is over.</summary>
public sealed record ExperimentEnded
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The experiment.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it started from.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// <c>improved</c> (a mutation passed and waits for review), <c>nothing_proposed</c>, <c>nothing_better</c>, <c>cancelled</c> or <c>failed</c> (it could not be held:
    /// no inputs, no sandbox, the original does not behave the same twice).
    /// </summary>
    public required string Outcome { get; init; }

    /// <summary>The outcome in words.</summary>
    public required string Detail { get; init; }

    /// <summary>The mutation that it ended in, where one passed.</summary>
    public Guid? MutationId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset EndedAt { get; init; }
}
