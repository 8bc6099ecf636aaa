using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;

namespace AutoDev.Gating;

/// <summary>This service's copy of a workspace's settings. Its presence is what makes a workspace known.</summary>
public sealed record WorkspaceReplica
{
    /// <summary>The workspace.</summary>
    public required string Id { get; init; }

    /// <summary>The version of <see cref="WorkspaceSettingsChanged"/> that it copies.</summary>
    public required int Version { get; init; }

    /// <summary>The settings.</summary>
    public required WorkspaceSettings Settings { get; init; }
}

/// <summary>This service's copy of an agent's maturity.</summary>
public sealed record AgentReplica
{
    /// <summary>The agent.</summary>
    public required string Id { get; init; }

    /// <summary>The version of <see cref="AgentMaturityChanged"/> that it copies.</summary>
    public required int Version { get; init; }

    /// <summary>The maturity.</summary>
    public required Maturity Maturity { get; init; }
}

/// <summary>What a gate decides by, with the versions that say how new it is.</summary>
/// <param name="Settings"><c>null</c> for a workspace that was never heard of.</param>
/// <param name="SettingsVersion">0 for none.</param>
/// <param name="Maturity">STUDENT for an agent that was never heard of.</param>
/// <param name="MaturityVersion">0 for none.</param>
public sealed record GateFacts(WorkspaceSettings? Settings, int SettingsVersion, Maturity Maturity, int MaturityVersion)
{
    /// <summary>The facts of two copies, either of which may be missing.</summary>
    public static GateFacts Of(WorkspaceReplica? workspace, AgentReplica? agent) =>
        new(workspace?.Settings, workspace?.Version ?? 0, agent?.Maturity ?? Maturity.Student, agent?.Version ?? 0);

    /// <summary>Whether somebody who decided by these versions knew less than this.</summary>
    public bool AreNewerThan(int settingsVersion, int maturityVersion) => SettingsVersion > settingsVersion || MaturityVersion > maturityVersion;

    /// <summary>
    /// Copies of different services catch up at different times. One that is behind the copy by which a message came to be must not decide on it yet.
    /// </summary>
    /// <exception cref="NotYetKnownException">This copy is older; the message is tried again.</exception>
    public GateFacts AtLeast(int settingsVersion, int maturityVersion) => SettingsVersion >= settingsVersion && MaturityVersion >= maturityVersion
        ? this
        : throw new NotYetKnownException("This service's copy of Governance's facts is older than the message: it waits for the news.");
}

/// <summary>Reads the gate's facts from this service's own copies; no service is asked while a message is consumed.</summary>
public static class Replicas
{
    /// <summary>The settings of the session's workspace; <c>null</c> for a workspace that was never heard of.</summary>
    public static async Task<WorkspaceSettings?> SettingsAsync(this IQuerySession session, CancellationToken cancellation) =>
        (await session.LoadAsync<WorkspaceReplica>(session.TenantId, cancellation))?.Settings;

    /// <summary>Everything that a gate decides by, for one agent of the session's workspace.</summary>
    public static async Task<GateFacts> GateFactsAsync(this IQuerySession session, string agentId, CancellationToken cancellation) => GateFacts.Of(
        await session.LoadAsync<WorkspaceReplica>(session.TenantId, cancellation), await session.LoadAsync<AgentReplica>(agentId, cancellation));

    /// <summary>The same for agents of any workspaces.</summary>
    public static async Task<IReadOnlyDictionary<Place<string>, GateFacts>> GateFactsAsync(
        this IQuerySession session, IReadOnlyCollection<Place<string>> agents, CancellationToken cancellation)
    {
        var workspaces = agents.Select(a => new Place<string>(a.Workspace, a.Workspace)).Distinct().ToList();
        var settings = await session.LoadManyAsync<WorkspaceReplica, string>(workspaces, cancellation);
        var maturity = await session.LoadManyAsync<AgentReplica, string>(agents, cancellation);
        return agents.Distinct().ToDictionary(a => a, a => GateFacts.Of(settings.GetValueOrDefault(new(a.Workspace, a.Workspace)), maturity.GetValueOrDefault(a)));
    }
}
