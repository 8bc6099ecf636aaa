using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Keys;
using AutoDev.Governance.Workspaces;
using Marten;
using MassTransit;

namespace AutoDev.Governance.State;

/// <summary>
/// Says everything again, in the versions that stand, so that a new or restored service has its copies. A page a transaction: each page ends by asking
/// this consumer for the next, and each workspace is said apart, so that a large installation neither fills a transaction nor blocks the others.
/// </summary>
sealed class RestateGovernanceConsumer(IDocumentSession session)
    : IConsumer<RestateGovernance>, IConsumer<RestateWorkspacesAfter>, IConsumer<RestateAgentsAfter>, IConsumer<RestateKeysAfter>
{
    const int PageSize = 200;

    public Task Consume(ConsumeContext<RestateGovernance> context) => SayWorkspaces(context, after: "");

    public Task Consume(ConsumeContext<RestateWorkspacesAfter> context) => SayWorkspaces(context, context.Message.After);

    public async Task Consume(ConsumeContext<RestateAgentsAfter> context)
    {
        var (workspace, after) = (context.Message.WorkspaceId, context.Message.After);
        var page = await session.Query<Agent>()
            .Where(a => string.Compare(a.Id, after, StringComparison.Ordinal) > 0)
            .OrderBy(a => a.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var agent in page) await context.Publish(agent.Say(workspace), context.CancellationToken);
        if (page.Count == PageSize) await context.Publish(new RestateAgentsAfter { WorkspaceId = workspace, After = page[^1].Id }, context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<RestateKeysAfter> context)
    {
        var (workspace, after) = (context.Message.WorkspaceId, context.Message.After);
        var page = await session.Query<IssuedKey>()
            .Where(k => string.Compare(k.Id, after, StringComparison.Ordinal) > 0)
            .OrderBy(k => k.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var key in page) await context.Publish(key.Say(workspace), context.CancellationToken);
        if (page.Count == PageSize) await context.Publish(new RestateKeysAfter { WorkspaceId = workspace, After = page[^1].Id }, context.CancellationToken);
    }

    async Task SayWorkspaces(ConsumeContext context, string after)
    {
        var page = await session.Query<GovernedWorkspace>()
            .Where(w => w.AnyTenant() && string.Compare(w.Id, after, StringComparison.Ordinal) > 0)
            .OrderBy(w => w.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var workspace in page)
        {
            await context.Publish(workspace.Say(), context.CancellationToken);
            await context.Publish(new RestateAgentsAfter { WorkspaceId = workspace.Id, After = "" }, context.CancellationToken);
            await context.Publish(new RestateKeysAfter { WorkspaceId = workspace.Id, After = "" }, context.CancellationToken);
        }

        if (page.Count == PageSize) await context.Publish(new RestateWorkspacesAfter { After = page[^1].Id }, context.CancellationToken);
    }
}

/// <summary>Governance to itself: the next page of workspaces.</summary>
public sealed record RestateWorkspacesAfter
{
    /// <summary>The last workspace that was said.</summary>
    public required string After { get; init; }
}

/// <summary>Governance to itself: the next page of a workspace's agents.</summary>
public sealed record RestateAgentsAfter
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The last agent that was said.</summary>
    public required string After { get; init; }
}

/// <summary>Governance to itself: the next page of a workspace's keys.</summary>
public sealed record RestateKeysAfter
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The last key that was said.</summary>
    public required string After { get; init; }
}
