using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Keys;
using AutoDev.Governance.Workspaces;
using Marten;
using MassTransit;

namespace AutoDev.Governance.State;

/// <summary>
/// Says everything again, in the versions that stand, so that a new or restored service has its copies. A page a transaction, and each page ends by asking
/// this consumer for the next, so that a large installation does not fill one transaction.
/// </summary>
sealed class RestateGovernanceConsumer(IDocumentSession session) : IConsumer<RestateGovernance>, IConsumer<RestatePage>
{
    const int PageSize = 200;

    public async Task Consume(ConsumeContext<RestateGovernance> context)
    {
        foreach (var what in Enum.GetValues<Restated>())
            await context.Publish(new RestatePage { What = what, AfterWorkspace = "", After = "" }, context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<RestatePage> context)
    {
        var next = context.Message.What switch
        {
            Restated.Workspaces => await SayWorkspaces(context),
            Restated.Agents => await SayAgents(context),
            Restated.Keys => await SayKeys(context),
            var unknown => throw new ArgumentOutOfRangeException(nameof(context), unknown, "Not something that is restated"),
        };
        if (next is not null) await context.Publish(next, context.CancellationToken);
    }

    async Task<RestatePage?> SayWorkspaces(ConsumeContext<RestatePage> context)
    {
        var after = context.Message.After;
        var page = await session.Query<GovernedWorkspace>()
            .Where(w => w.AnyTenant() && w.Id.CompareTo(after) > 0)
            .OrderBy(w => w.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var workspace in page) await context.Publish(workspace.Say(), context.CancellationToken);
        return page.Count < PageSize ? null : context.Message with { After = page[^1].Id };
    }

    async Task<RestatePage?> SayAgents(ConsumeContext<RestatePage> context)
    {
        var (workspace, after) = (context.Message.AfterWorkspace, context.Message.After);
        var page = await session.Query<Agent>()
            .Where(a => a.AnyTenant() && (a.WorkspaceId.CompareTo(workspace) > 0 || (a.WorkspaceId == workspace && a.Id.CompareTo(after) > 0)))
            .OrderBy(a => a.WorkspaceId).ThenBy(a => a.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var agent in page) await context.Publish(agent.Say(), context.CancellationToken);
        return page.Count < PageSize ? null : context.Message with { AfterWorkspace = page[^1].WorkspaceId, After = page[^1].Id };
    }

    async Task<RestatePage?> SayKeys(ConsumeContext<RestatePage> context)
    {
        var after = context.Message.After;
        var page = await session.Query<IssuedKey>()
            .Where(k => k.AnyTenant() && k.Id.CompareTo(after) > 0)
            .OrderBy(k => k.Id).Take(PageSize).ToListAsync(context.CancellationToken);
        foreach (var key in page) await context.Publish(key.Say(), context.CancellationToken);
        return page.Count < PageSize ? null : context.Message with { After = page[^1].Id };
    }
}

/// <summary>Governance to itself: say the next page.</summary>
public sealed record RestatePage
{
    /// <summary>Of what.</summary>
    public required Restated What { get; init; }

    /// <summary>The workspace of the last agent that was said; empty at the beginning, and for anything else.</summary>
    public required string AfterWorkspace { get; init; }

    /// <summary>The id that was said last; empty at the beginning.</summary>
    public required string After { get; init; }
}

/// <summary>What other services keep copies of.</summary>
public enum Restated
{
    /// <summary>Workspaces and their settings.</summary>
    Workspaces,

    /// <summary>Agents and their maturity.</summary>
    Agents,

    /// <summary>API keys.</summary>
    Keys,
}
