namespace AutoDev.Contracts.Memento;

/// <summary>Agents do not get the skill any more, in no version. Nothing is deleted; it can be restored, and is by the publication of a new version.</summary>
public sealed record SkillRetired
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name, unique within the workspace.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that agents got.</summary>
    public required string Version { get; init; }

    /// <summary>Grows with every change of the skill: of two messages the one with the higher number is how it is.</summary>
    public required int Revision { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided it.</summary>
    public required string RetiredBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RetiredAt { get; init; }
}
