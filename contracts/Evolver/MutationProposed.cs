namespace AutoDev.Contracts.Evolver;

/// <summary>An experiment chose a variant: it is now proven once more on all inputs, alone. Answered by one <see cref="MutationCompleted"/>.</summary>
public sealed record MutationProposed
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

    /// <summary>What wrote it: <c>rewrite_rules</c>, <c>language_model</c> or both with a plus between.</summary>
    public required string Mutator { get; init; }

    /// <summary>What was changed, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The agent whose execution showed the need, where one did.</summary>
    public string? AgentId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ProposedAt { get; init; }
}
