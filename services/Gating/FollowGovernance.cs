using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Gating;

/// <summary>Keeps this service's copy of the workspaces' settings. Of two messages the newer counts, in whatever order they come.</summary>
public sealed class FollowWorkspaceSettingsConsumer(IDocumentSession session) : IConsumer<WorkspaceSettingsChanged>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<WorkspaceSettingsChanged> context)
    {
        var said = context.Message;
        await session.LockAsync("settings", context.CancellationToken);
        var known = await session.LoadAsync<WorkspaceReplica>(said.WorkspaceId, context.CancellationToken);
        if (known is null || known.Version < said.Version)
            session.Store(new WorkspaceReplica { Id = said.WorkspaceId, Version = said.Version, Settings = said.Settings });
    }
}

/// <summary>Keeps this service's copy of the agents' maturity. Of two messages the newer counts, in whatever order they come.</summary>
public sealed class FollowAgentMaturityConsumer(IDocumentSession session) : IConsumer<AgentMaturityChanged>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<AgentMaturityChanged> context)
    {
        var said = context.Message;
        await session.LockAsync($"agent/{said.AgentId}", context.CancellationToken);
        var known = await session.LoadAsync<AgentReplica>(said.AgentId, context.CancellationToken);
        if (known is null || known.Version < said.Version)
            session.Store(new AgentReplica { Id = said.AgentId, Version = said.Version, Maturity = said.Maturity });
    }
}
