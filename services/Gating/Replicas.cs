using AutoDev.Contracts.Governance;
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

/// <summary>Reads the gate's facts from this service's own copies; no service is asked while a message is consumed.</summary>
public static class Replicas
{
    /// <summary>The settings of the session's workspace; <c>null</c> for a workspace that was never heard of.</summary>
    public static async Task<WorkspaceSettings?> SettingsAsync(this IQuerySession session, CancellationToken cancellation) =>
        (await session.LoadAsync<WorkspaceReplica>(session.TenantId, cancellation))?.Settings;

    /// <summary>The agent's maturity; an agent that was never heard of is a STUDENT.</summary>
    public static async Task<Maturity> MaturityAsync(this IQuerySession session, string agentId, CancellationToken cancellation) =>
        (await session.LoadAsync<AgentReplica>(agentId, cancellation))?.Maturity ?? Maturity.Student;
}
