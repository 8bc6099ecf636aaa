using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>A switch was turned on or an agent graduated: what the gate refused before may fire now.</summary>
public sealed class ReconsiderPatternsConsumer(IDocumentSession session, TimeProvider clock)
    : IConsumer<WorkspaceSettingsChanged>, IConsumer<AgentMaturityChanged>
{
    /// <summary>
    /// Shared by all that decide by a workspace's settings, and held alone while new ones are looked through: what was decided by the old ones has been committed and is seen,
    /// what is decided after it sees the new ones.
    /// </summary>
    public const string Lock = "settings";

    // The copy is brought up to date here too, since the queue that follows Governance may be behind this one.
    public async Task Consume(ConsumeContext<WorkspaceSettingsChanged> context)
    {
        await session.LockAsync(Lock, context.CancellationToken);
        var workspace = await FollowGovernance.ApplyAsync(session, context.Message, context.CancellationToken);
        var agents = await session.Query<AgentReplica>().ToListAsync(context.CancellationToken);
        await Reconsider(null, workspace, agents, context);
    }

    public async Task Consume(ConsumeContext<AgentMaturityChanged> context)
    {
        await session.LockAsync(DetectPattern.LockOf(context.Message.AgentId), context.CancellationToken);
        var agent = await FollowGovernance.ApplyAsync(session, context.Message, context.CancellationToken);
        if (await session.LoadAsync<WorkspaceReplica>(context.Message.WorkspaceId, context.CancellationToken) is { } workspace)
            await Reconsider(agent.Id, workspace, [agent], context);
    }

    async Task Reconsider(string? agentId, WorkspaceReplica workspace, IReadOnlyList<AgentReplica> agents, ConsumeContext context)
    {
        var now = clock.GetUtcNow();
        var oldest = now - FailurePattern.Window;
        var waiting = await session.Query<FailurePattern>()
            .Where(p => (p.State == PatternState.Open || p.State == PatternState.Retry) && p.LastFailureAt >= oldest && (agentId == null || p.AgentId == agentId))
            .ToListAsync(context.CancellationToken);

        // In one order, so that two instances never wait for each other.
        foreach (var agent in waiting.GroupBy(p => p.AgentId).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            await session.LockAsync(DetectPattern.LockOf(agent.Key), context.CancellationToken);
            var facts = GateFacts.Of(workspace, agents.FirstOrDefault(a => a.Id == agent.Key));
            foreach (var seen in agent)
            {
                var pattern = (await session.LoadAsync<FailurePattern>(seen.Id, context.CancellationToken))!;
                var (after, decision) = FirePattern.Decide(pattern with { NotBefore = null }, facts, NewId.NextGuid(), now);
                await FirePattern.Store(pattern, after, decision, facts, now, session, context, context.CancellationToken);
            }
        }
    }
}
