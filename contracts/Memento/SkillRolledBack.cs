namespace AutoDev.Contracts.Memento;

/// <summary>
/// Agents get another version of the skill than the one they got before: one that was published earlier, or one that was rolled back from. Nothing is deleted.
/// </summary>
public sealed record SkillRolledBack
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name, unique within the workspace.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that agents get from now on.</summary>
    public required string Version { get; init; }

    /// <summary>The version that they got before.</summary>
    public required string FromVersion { get; init; }

    /// <summary>Grows with every change of the skill: of two messages the one with the higher number is how it is.</summary>
    public required int Revision { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided it.</summary>
    public required string RolledBackBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RolledBackAt { get; init; }
}
