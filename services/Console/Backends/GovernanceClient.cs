using AutoDev.Contracts.Governance;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Governance's API.</summary>
sealed class GovernanceClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Governance")
{
    public Task<Answer<WorkspaceSettings>> SettingsAsync(string workspace, CancellationToken cancellation) =>
        Send<WorkspaceSettings>(HttpMethod.Get, $"workspaces/{Segment(workspace)}/settings", cancellation: cancellation);

    /// <param name="workspace">The workspace.</param>
    /// <param name="changes">The settings to change, by their keys.</param>
    /// <param name="seen">The ETag of the settings that the person saw.</param>
    /// <param name="reason">Why, for the audit log.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Answer<WorkspaceSettings>> ChangeSettingsAsync(
        string workspace, IReadOnlyDictionary<string, object> changes, string? seen, string? reason, CancellationToken cancellation) =>
        Send<WorkspaceSettings>(
            HttpMethod.Patch, $"workspaces/{Segment(workspace)}/settings{(string.IsNullOrWhiteSpace(reason) ? "" : $"?reason={Uri.EscapeDataString(reason)}")}",
            changes, seen, cancellation);

    public Task<Answer<object>> CreateWorkspaceAsync(string workspace, CancellationToken cancellation) =>
        Send<object>(HttpMethod.Put, $"workspaces/{Segment(workspace)}", cancellation: cancellation);

    public Task<Answer<ListOf<AgentShown>>> AgentsAsync(string workspace, string? cursor, CancellationToken cancellation) =>
        Send<ListOf<AgentShown>>(HttpMethod.Get, $"workspaces/{Segment(workspace)}/agents?limit=50{Cursor(cursor)}", cancellation: cancellation);

    public Task<Answer<CapabilitiesShown>> CapabilitiesAsync(string workspace, string agent, CancellationToken cancellation) =>
        Send<CapabilitiesShown>(HttpMethod.Get, $"workspaces/{Segment(workspace)}/agents/{Segment(agent)}/capabilities", cancellation: cancellation);

    public Task<Answer<AgentShown>> SetMaturityAsync(string workspace, AgentShown seen, Maturity maturity, string reason, CancellationToken cancellation) =>
        Send<AgentShown>(
            HttpMethod.Put, $"workspaces/{Segment(workspace)}/agents/{Segment(seen.AgentId)}/maturity", new { maturity, reason }, $"\"{seen.Version}\"", cancellation);

    static string Segment(string text) => Uri.EscapeDataString(text);

    static string Cursor(string? cursor) => cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
}

public sealed record AgentShown(
    string AgentId, Maturity Maturity, int Version, DateTimeOffset RegisteredAt, DateTimeOffset ChangedAt, string ChangedBy, string Reason,
    EvidenceShown Evidence, ReadinessShown Readiness);

/// <summary>Rates from 0 to 1; <c>null</c> where nothing was measured.</summary>
public sealed record EvidenceShown(int Episodes, int EpisodesWithIntervention, decimal? InterventionRate, decimal? ConstitutionalScore);

/// <summary>0 to 100, its parts of at most 40, 30 and 30, and what is missing for the next level, in words.</summary>
public sealed record ReadinessShown(decimal Score, ReadinessPartsShown Parts, Maturity? NextLevel, IReadOnlyList<string> Gaps);

public sealed record ReadinessPartsShown(decimal Episodes, decimal Interventions, decimal Constitutional);

sealed record CapabilitiesShown(Maturity Maturity, IReadOnlyList<CapabilityShown> Items);

sealed record CapabilityShown(string Capability, bool Allowed, string? Reason, string? Detail, Maturity MinimumMaturity, bool Enabled, int DailyLimit);
