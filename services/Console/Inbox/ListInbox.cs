using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary><c>GET /api/console/workspaces/{workspace}/inbox?agent=&amp;search=&amp;sort=&amp;page=</c>: the candidates that wait for a person.</summary>
static class ListInbox
{
    public const int PageSize = 25;

    public static async Task<IResult> Handle(
        string? agent, string? search, string? sort, int? page, IQuerySession session, CancellationToken cancellation)
    {
        if (page is < 1) return Problem.Invalid("page", "page counts from 1.");
        if (sort is not (null or "" or InboxQuery.Newest or InboxQuery.Oldest)) return Problem.Invalid("sort", "sort is newest or oldest.");
        return TypedResults.Ok(await QueryAsync(session, new(agent, search, sort, page ?? 1), cancellation));
    }

    public static async Task<InboxPageOf> QueryAsync(IQuerySession session, InboxQuery asked, CancellationToken cancellation)
    {
        var query = session.Query<InboxItem>().Stats(out var stats).Where(i => i.IsWaiting);
        if (asked.Agent is { Length: > 0 } agent) query = query.Where(i => i.AgentId == agent);
        if (asked.Search is { Length: > 0 } text) query = query.Where(i => i.SkillName.Contains(text, StringComparison.OrdinalIgnoreCase));
        query = asked.Sort == InboxQuery.Newest
            ? query.OrderByDescending(i => i.WaitingSince).ThenBy(i => i.Id)
            : query.OrderBy(i => i.WaitingSince).ThenBy(i => i.Id);
        var items = await query.Skip((asked.Page - 1) * PageSize).Take(PageSize).ToListAsync(cancellation);
        return new(items, (int)stats.TotalResults, asked.Page, PageSize);
    }
}

/// <summary>What the list is asked for. The longest waiting comes first unless the newest are asked for.</summary>
sealed record InboxQuery(string? Agent, string? Search, string? Sort, int Page)
{
    public const string Newest = "newest";
    public const string Oldest = "oldest";
}

/// <summary>One page of the inbox; pages count from 1.</summary>
sealed record InboxPageOf(IReadOnlyList<InboxItem> Items, int Total, int Page, int PageSize);
