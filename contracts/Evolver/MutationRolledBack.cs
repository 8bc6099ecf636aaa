namespace AutoDev.Contracts.Evolver;

/// <summary>A version that a mutation became was taken back, by the watch over its live results or by a person.</summary>
public sealed record MutationRolledBack
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it had become.</summary>
    public required string Version { get; init; }

    /// <summary>The version that agents get instead.</summary>
    public required string RolledBackTo { get; init; }

    /// <summary>Why, with the figures.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RolledBackAt { get; init; }
}
