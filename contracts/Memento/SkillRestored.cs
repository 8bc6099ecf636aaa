namespace AutoDev.Contracts.Memento;

/// <summary>
/// Agents get a skill again that had been retired. A new version of a retired skill restores it too, and says <see cref="SkillPublished"/> only.
/// </summary>
public sealed record SkillRestored
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name, unique within the workspace.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that agents get.</summary>
    public required string Version { get; init; }

    /// <summary>Grows with every change of the skill: of two messages the one with the higher number is how it is.</summary>
    public required int Revision { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided it.</summary>
    public required string RestoredBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RestoredAt { get; init; }
}
