namespace AutoDev.Contracts.Memento;

/// <summary>A version that only a share of the agents got goes to all.</summary>
public sealed record SkillVersionConfirmed
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>Grows with every change of the skill.</summary>
    public required int Revision { get; init; }

    /// <summary>Why, with the figures.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided it.</summary>
    public required string ConfirmedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ConfirmedAt { get; init; }
}
