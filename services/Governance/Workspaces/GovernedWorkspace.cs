using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;

namespace AutoDev.Governance.Workspaces;

/// <summary>A workspace and its settings. Its presence is what makes a workspace exist.</summary>
public sealed record GovernedWorkspace
{
    /// <summary>Lower-case letters, digits and hyphens, 2 to 63 of them, not beginning with a hyphen.</summary>
    public required string Id { get; init; }

    /// <summary>Grows by one with every change of the settings, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The settings.</summary>
    public required WorkspaceSettings Settings { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who created it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When the settings were changed last.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Who changed them last.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>The audit log's subject for the settings.</summary>
    public const string Subject = "settings";

    /// <summary>A new workspace: Auto-Dev is disabled until somebody enables it.</summary>
    public static GovernedWorkspace Create(string id, string by, DateTimeOffset now) => new()
    {
        Id = id, Version = 1, Settings = new(), CreatedAt = now, CreatedBy = by, ChangedAt = now, ChangedBy = by,
    };

    /// <summary>The same workspace with other settings, one version on.</summary>
    public GovernedWorkspace With(WorkspaceSettings settings, string by, DateTimeOffset now) =>
        this with { Settings = settings, Version = Version + 1, ChangedBy = by, ChangedAt = now };

    /// <summary>The whole state as every service hears it.</summary>
    public WorkspaceSettingsChanged Say() => new()
    {
        WorkspaceId = Id, Version = Version, Settings = Settings, ChangedBy = ChangedBy, ChangedAt = ChangedAt,
    };

    /// <summary>The decision that led from <paramref name="before"/> to this.</summary>
    public AuditEntry Record(GovernedWorkspace? before, string? reason) => AuditEntry.Of(
        ChangedAt, ChangedBy, before is null ? "workspace_created" : "settings_changed", Subject, reason, before?.Settings, Settings);
}
