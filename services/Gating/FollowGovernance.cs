using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Gating;

/// <summary>Keeps this service's copy of the workspaces' settings.</summary>
public sealed class FollowWorkspaceSettingsConsumer(IDocumentSession session) : IConsumer<WorkspaceSettingsChanged>
{
    /// <inheritdoc />
    public Task Consume(ConsumeContext<WorkspaceSettingsChanged> context) => FollowGovernance.ApplyAsync(session, context.Message, context.CancellationToken);
}

/// <summary>Keeps this service's copy of the agents' maturity.</summary>
public sealed class FollowAgentMaturityConsumer(IDocumentSession session) : IConsumer<AgentMaturityChanged>
{
    /// <inheritdoc />
    public Task Consume(ConsumeContext<AgentMaturityChanged> context) => FollowGovernance.ApplyAsync(session, context.Message, context.CancellationToken);
}

/// <summary>Of two messages the newer counts, in whatever order and on whatever instance they come.</summary>
public static class FollowGovernance
{
    /// <summary>Stores the settings as this service's copy, unless it knows newer ones.</summary>
    /// <returns>The copy as it is afterwards.</returns>
    public static async Task<WorkspaceReplica> ApplyAsync(IDocumentSession session, WorkspaceSettingsChanged said, CancellationToken cancellation)
    {
        await session.LockAsync("settings", cancellation);
        var known = await session.LoadAsync<WorkspaceReplica>(said.WorkspaceId, cancellation);
        if (known is not null && known.Version >= said.Version) return known;
        var replica = new WorkspaceReplica { Id = said.WorkspaceId, Version = said.Version, Settings = said.Settings };
        session.Store(replica);
        return replica;
    }

    /// <summary>Stores the maturity as this service's copy, unless it knows a newer one.</summary>
    /// <returns>The copy as it is afterwards.</returns>
    public static async Task<AgentReplica> ApplyAsync(IDocumentSession session, AgentMaturityChanged said, CancellationToken cancellation)
    {
        await session.LockAsync($"agent/{said.AgentId}", cancellation);
        var known = await session.LoadAsync<AgentReplica>(said.AgentId, cancellation);
        if (known is not null && known.Version >= said.Version) return known;
        var replica = new AgentReplica { Id = said.AgentId, Version = said.Version, Maturity = said.Maturity };
        session.Store(replica);
        return replica;
    }
}
