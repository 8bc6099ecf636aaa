namespace AutoDev.Contracts.Evolver;

/// <summary>A mutation that won and waits for a decision, said again for those who have lost what was said of it; to all others it is no news.</summary>
public sealed record MutationRestated
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>What wrote it, as <see cref="MutationProposed.Mutator"/> says.</summary>
    public required string Mutator { get; init; }

    /// <summary>The agent whose execution showed the need, where one did.</summary>
    public string? AgentId { get; init; }

    /// <summary>How many recorded inputs it was compared on.</summary>
    public required int Inputs { get; init; }

    /// <summary>How many of them it answers where the parent failed.</summary>
    public required int Mended { get; init; }

    /// <summary>The parent's CPU time divided by the mutation's; <c>null</c> where nothing was measured.</summary>
    public double? Speedup { get; init; }

    /// <summary>What language models cost for it so far, in the currency of the workspace's prices.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Since when it waits.</summary>
    public required DateTimeOffset CompletedAt { get; init; }
}
