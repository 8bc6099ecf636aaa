using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>
/// <c>GET /api/console/workspaces/{workspace}/inbox?kind=&amp;agent=&amp;search=&amp;risk=&amp;generator=&amp;sort=&amp;page=</c>: what waits for a person.
/// </summary>
static class ListInbox
{
    public const int PageSize = 25;

    public static async Task<IResult> Handle([AsParameters] InboxQuery asked, IQuerySession session, CancellationToken cancellation)
    {
        if (asked.Page is < 1) return Problem.Invalid("page", "page counts from 1.");
        if (!IsOneOf(InboxQuery.Sorts, asked.Sort)) return Problem.Invalid("sort", $"sort is one of {string.Join(", ", InboxQuery.Sorts)}.");
        if (!IsOneOf(InboxQuery.Kinds, asked.Kind)) return Problem.Invalid("kind", $"kind is one of {string.Join(", ", InboxQuery.Kinds)}.");
        if (!IsOneOf(InboxQuery.Risks, asked.Risk)) return Problem.Invalid("risk", $"risk is one of {string.Join(", ", InboxQuery.Risks)}.");
        return TypedResults.Ok(await QueryAsync(session, asked, cancellation));
    }

    public static async Task<InboxPageOf> QueryAsync(IQuerySession session, InboxQuery asked, CancellationToken cancellation)
    {
        // Counted by itself: beside the page, the database would carry every item that fits to the count and throw it away.
        var found = Find(session, asked);
        var total = await found.CountAsync(cancellation);
        var items = total == 0 ? [] : await OnPage(found, asked).ToListAsync(cancellation);
        return new(items, total, PageOf(asked), PageSize);
    }

    /// <summary>What waits and fits.</summary>
    internal static IQueryable<InboxItem> Find(IQuerySession session, InboxQuery asked)
    {
        IQueryable<InboxItem> query = session.Query<InboxItem>().Where(i => i.IsWaiting);
        if (Enum.TryParse<InboxKind>(asked.Kind, ignoreCase: true, out var kind)) query = query.Where(i => i.Kind == kind);
        if (Enum.TryParse<RiskLevel>(asked.Risk, ignoreCase: true, out var risk)) query = query.Where(i => i.RiskKey == (int)risk);
        if (asked.Agent is { Length: > 0 } agent) query = query.Where(i => i.AgentId == agent);
        if (asked.Generator is { Length: > 0 } generator) query = query.Where(i => i.Generator == generator);
        if (asked.Search is { Length: > 0 } text) query = query.Where(i => i.SkillName.Contains(text, StringComparison.OrdinalIgnoreCase));
        return query;
    }

    /// <summary>The page of it that is asked for.</summary>
    internal static IQueryable<InboxItem> OnPage(IQueryable<InboxItem> found, InboxQuery asked)
    {
        var ordered = asked.Sort switch
        {
            InboxQuery.Newest => found.OrderByDescending(i => i.WaitingSince),
            InboxQuery.Riskiest => found.OrderByDescending(i => i.RiskKey).ThenBy(i => i.WaitingSince),
            InboxQuery.Fittest => found.OrderByDescending(i => i.FitnessKey).ThenBy(i => i.WaitingSince),
            InboxQuery.Dearest => found.OrderByDescending(i => i.Cost).ThenBy(i => i.WaitingSince),
            _ => found.OrderBy(i => i.WaitingSince),
        };
        return ordered.ThenBy(i => i.Id).Skip((PageOf(asked) - 1) * PageSize).Take(PageSize);
    }

    static int PageOf(InboxQuery asked) => Math.Max(1, asked.Page ?? 1);

    /// <summary>What waits longest after this one, else what waits longest of all others; <c>null</c> where nothing else waits.</summary>
    public static async Task<InboxItem?> NextAsync(IQuerySession session, Guid id, CancellationToken cancellation)
    {
        var others = session.Query<InboxItem>().Where(i => i.IsWaiting && i.Id != id);
        var since = (await session.LoadAsync<InboxItem>(id, cancellation))?.WaitingSince;
        return (since is null ? null : await others.Where(i => i.WaitingSince > since).OrderBy(i => i.WaitingSince).FirstOrDefaultAsync(cancellation))
            ?? await others.OrderBy(i => i.WaitingSince).FirstOrDefaultAsync(cancellation);
    }

    static bool IsOneOf(string[] words, string? asked) => asked is null or "" || words.Contains(asked, StringComparer.Ordinal);
}

/// <summary>What the list is asked for; what is empty does not matter. The longest waiting comes first unless another order is asked for.</summary>
sealed record InboxQuery(
    string? Kind = null, string? Agent = null, string? Search = null, string? Risk = null, string? Generator = null, string? Sort = null, int? Page = null)
{
    public const string Oldest = "oldest";
    public const string Newest = "newest";
    public const string Riskiest = "risk";
    public const string Fittest = "fitness";
    public const string Dearest = "cost";

    public static readonly string[] Sorts = [Oldest, Newest, Riskiest, Fittest, Dearest];
    public static readonly string[] Kinds = ["candidate", "mutation"];
    public static readonly string[] Risks = ["low", "medium", "high"];

    /// <summary>Whether anything but the order is asked for.</summary>
    public bool IsFiltered => (Kind, Agent, Search) is not (null or "", null or "", null or "") || (Risk, Generator) is not (null or "", null or "");
}

/// <summary>One page of the inbox; pages count from 1.</summary>
sealed record InboxPageOf(IReadOnlyList<InboxItem> Items, int Total, int Page, int PageSize);
