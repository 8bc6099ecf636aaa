namespace AutoDev.Contracts.Governance;

/// <summary>A workspace was created or its settings changed. Carries the whole state, so that the newest message alone is enough.</summary>
public sealed record WorkspaceSettingsChanged
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Grows by one with every change; an older one is ignored.</summary>
    public required int Version { get; init; }

    /// <summary>The settings from now on.</summary>
    public required WorkspaceSettings Settings { get; init; }

    /// <summary>Who.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}
