namespace AutoDev.Contracts.Memento;

/// <summary>
/// Asks that agents get an earlier version again. Done only while they get <see cref="FromVersion"/>: a later decision of a person stands. Memento
/// answers with <see cref="SkillRolledBack"/> where it did it.
/// </summary>
public sealed record RollBackSkill
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that fell.</summary>
    public required string FromVersion { get; init; }

    /// <summary>The version to go back to.</summary>
    public required string ToVersion { get; init; }

    /// <summary>Why, with the figures.</summary>
    public required string Reason { get; init; }

    /// <summary>Who asks, such as <c>system:evolver</c>.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }
}
