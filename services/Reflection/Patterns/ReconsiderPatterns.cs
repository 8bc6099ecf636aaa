using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>A switch was turned on or an agent graduated: what the gate refused before may fire now.</summary>
public sealed class ReconsiderPatternsConsumer(IDocumentSession session, TimeProvider clock)
    : IConsumer<WorkspaceSettingsChanged>, IConsumer<AgentMaturityChanged>
{
    public async Task Consume(ConsumeContext<WorkspaceSettingsChanged> context)
    {
        var replica = await session.LoadAsync<WorkspaceReplica>(context.Message.WorkspaceId, context.CancellationToken);
        if (replica is null || replica.Version < context.Message.Version) throw new NotYetKnownException("This service's copy of the settings is older than the message.");
        await Reconsider(null, context);
    }

    public async Task Consume(ConsumeContext<AgentMaturityChanged> context)
    {
        var replica = await session.LoadAsync<AgentReplica>(context.Message.AgentId, context.CancellationToken);
        if (replica is null || replica.Version < context.Message.Version) throw new NotYetKnownException("This service's copy of the maturity is older than the message.");
        await Reconsider(context.Message.AgentId, context);
    }

    async Task Reconsider(string? agentId, ConsumeContext context)
    {
        if (await session.SettingsAsync(context.CancellationToken) is not { } settings) return;
        var now = clock.GetUtcNow();
        var oldest = now - FailurePattern.Window;
        var waiting = await session.Query<FailurePattern>()
            .Where(p => (p.State == PatternState.Open || p.State == PatternState.Retry) && p.LastFailureAt >= oldest && (agentId == null || p.AgentId == agentId))
            .ToListAsync(context.CancellationToken);

        // In one order, so that two instances never wait for each other.
        foreach (var agent in waiting.GroupBy(p => p.AgentId).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            await session.LockAsync(DetectPatternConsumer.LockOf(agent.Key), context.CancellationToken);
            foreach (var seen in agent)
            {
                var pattern = (await session.LoadAsync<FailurePattern>(seen.Id, context.CancellationToken))!;
                await FirePattern.Now(pattern with { NotBefore = null }, settings, NewId.NextGuid(), now, session, context, context.CancellationToken);
            }
        }
    }
}
