namespace AutoDev.Contracts.Memento;

/// <summary>Says that a version has proven itself in use: where it went to a share of the agents only, all get it now.</summary>
public sealed record ConfirmSkillVersion
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that was on trial.</summary>
    public required string Version { get; init; }

    /// <summary>Why, with the figures.</summary>
    public required string Reason { get; init; }

    /// <summary>Who asks, such as <c>system:evolver</c>.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }
}
