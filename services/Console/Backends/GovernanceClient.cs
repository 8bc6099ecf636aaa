using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.OperatorConsole.Audit;
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
        string workspace, IReadOnlyDictionary<string, object?> changes, string? seen, string? reason, CancellationToken cancellation) =>
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
            HttpMethod.Put, $"workspaces/{Segment(workspace)}/agents/{Segment(seen.AgentId)}/maturity", new { maturity, reason }, $"\"{seen.Version}\"",
            cancellation);

    public Task<Answer<AgentShown>> AgentAsync(string workspace, string agent, CancellationToken cancellation) =>
        Get<AgentShown>(In(workspace, "agents", agent), cancellation);

    /// <summary>Why something did not happen; asks the other services too.</summary>
    public Task<Answer<DiagnosisShown>> DiagnosisAsync(string workspace, string agent, string capability, CancellationToken cancellation) =>
        Get<DiagnosisShown>(In(workspace, "agents", agent, "diagnosis") + Asking(("capability", capability)), cancellation);

    public Task<Answer<ListOf<NotificationShown>>> NotificationsAsync(string workspace, string? cursor, CancellationToken cancellation) =>
        Get<ListOf<NotificationShown>>(In(workspace, "notifications") + Asking(("limit", "25"), ("cursor", cursor)), cancellation);

    public Task<Answer<ListOf<AuditShown>>> AuditAsync(string workspace, AuditAsked asked, CancellationToken cancellation) =>
        Get<ListOf<AuditShown>>(In(workspace, "audit") + asked.Query(), cancellation);

    public Task<Answer<SpendShown>> SpendAsync(string workspace, CancellationToken cancellation) => Get<SpendShown>(In(workspace, "spend"), cancellation);

    public Task<Answer<ListOf<DeliveryShown>>> DeliveriesAsync(string workspace, string? state, CancellationToken cancellation) =>
        Get<ListOf<DeliveryShown>>(In(workspace, "webhook-deliveries") + Asking(("limit", "25"), ("state", state)), cancellation);

    /// <summary>Sends one again, under the same id.</summary>
    public Task<Answer<DeliveryShown>> ReplayAsync(string workspace, string delivery, CancellationToken cancellation) =>
        Send<DeliveryShown>(HttpMethod.Post, In(workspace, "webhook-deliveries", delivery, "replay"), cancellation: cancellation);

    public Task<Answer<WebhookSecretShown>> IssueWebhookSecretAsync(string workspace, string reason, CancellationToken cancellation) =>
        Send<WebhookSecretShown>(HttpMethod.Post, In(workspace, "webhook-secret") + Asking(("reason", reason)), cancellation: cancellation);

    public Task<Answer<ListOf<KeyShown>>> KeysAsync(string workspace, CancellationToken cancellation) =>
        Get<ListOf<KeyShown>>(In(workspace, "api-keys") + Asking(("limit", "100")), cancellation);

    public Task<Answer<KeyIssued>> IssueKeyAsync(string workspace, string name, string role, string reason, CancellationToken cancellation) =>
        Post<KeyIssued>(In(workspace, "api-keys"), new { name, role, reason = string.IsNullOrWhiteSpace(reason) ? null : reason }, cancellation);

    public Task<Answer<object>> RevokeKeyAsync(string workspace, string key, string reason, CancellationToken cancellation) =>
        Send<object>(HttpMethod.Delete, In(workspace, "api-keys", key) + Asking(("reason", reason)), cancellation: cancellation);

    static string Segment(string text) => Uri.EscapeDataString(text);

    static string Cursor(string? cursor) => cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
}

public sealed record AgentShown(
    string AgentId, Maturity Maturity, int Version, DateTimeOffset RegisteredAt, DateTimeOffset ChangedAt, string ChangedBy, string Reason,
    EvidenceShown Evidence, ReadinessShown Readiness, IReadOnlyList<AuditShown>? History = null);

/// <summary>Rates from 0 to 1; <c>null</c> where nothing was measured.</summary>
public sealed record EvidenceShown(int Episodes, int EpisodesWithIntervention, decimal? InterventionRate, decimal? ConstitutionalScore);

/// <summary>0 to 100, its parts of at most 40, 30 and 30, and what is missing for the next level, in words.</summary>
public sealed record ReadinessShown(decimal Score, ReadinessPartsShown Parts, Maturity? NextLevel, IReadOnlyList<string> Gaps);

public sealed record ReadinessPartsShown(decimal Episodes, decimal Interventions, decimal Constitutional);

sealed record CapabilitiesShown(Maturity Maturity, IReadOnlyList<CapabilityShown> Items);

sealed record CapabilityShown(string Capability, bool Allowed, string? Reason, string? Detail, Maturity MinimumMaturity, bool Enabled, int DailyLimit);

/// <summary>The cause is the question whose answer it is; <c>null</c> where nothing is in the way.</summary>
sealed record DiagnosisShown(DateTimeOffset At, string Summary, string? Cause, IReadOnlyList<QuestionShown> Questions);

/// <summary>A state is <c>ok</c>, <c>blocks</c>, <c>waits</c>, <c>idle</c> or <c>unknown</c>.</summary>
sealed record QuestionShown(string Question, string Asks, string State, string Answer, IReadOnlyList<string> Facts, IReadOnlyList<string> Advice);

sealed record NotificationShown(string Id, string Type, string AgentId, string Capability, string Message, bool ActionRequired, DateTimeOffset At);

/// <summary>One decision: what was before and after, as JSON.</summary>
public sealed record AuditShown(string Id, DateTimeOffset At, string Actor, string Action, string Subject, string? Reason, JsonElement? Before,
    JsonElement? After);

/// <summary>Spending in the currency of the workspace's prices.</summary>
sealed record SpendShown(decimal Cap, decimal Remaining, DateTimeOffset ResetsAt, SpendSumShown Today, SpendSumShown Total, IReadOnlyList<SpendDayShown> Days);

sealed record SpendDayShown(string Day, SpendSumShown Sum);

sealed record SpendSumShown(int Calls, long InputTokens, long OutputTokens, decimal Cost);

/// <summary>A state is <c>pending</c>, <c>delivered</c> or <c>failed</c>.</summary>
sealed record DeliveryShown(string Id, string State, int Attempts, DateTimeOffset DueAt, DateTimeOffset CreatedAt, DateTimeOffset? DeliveredAt,
    string? LastError, string Body);

sealed record WebhookSecretShown(string Secret, DateTimeOffset IssuedAt, DateTimeOffset? PreviousValidUntil);

sealed record KeyShown(string KeyId, string Name, string Role, DateTimeOffset CreatedAt, string CreatedBy, bool Revoked, DateTimeOffset? RevokedAt,
    string? RevokedBy, DateTimeOffset? LastUsedAt = null);

/// <summary>A new key: this is the only time that it is shown.</summary>
sealed record KeyIssued(string KeyId, string Key, string Name, string Role);
