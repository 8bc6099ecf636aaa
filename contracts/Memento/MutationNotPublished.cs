namespace AutoDev.Contracts.Memento;

/// <summary>An approved mutation did not become a version: the skill has moved on, or is retired.</summary>
public sealed record MutationNotPublished
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RefusedAt { get; init; }
}
