using AutoDev.Contracts.Reflection;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.OperatorConsole.Activities;

/// <summary><c>GET /api/console/workspaces/{workspace}/activity</c>: what happened, newest first; by <c>service</c>, <c>agent</c>, <c>message</c> where given.</summary>
static class ListActivity
{
    public static async Task<IResult> Handle(
        PageRequest page, string? service, string? agent, string? message, IQuerySession session, CancellationToken cancellation)
    {
        var found = await QueryAsync(session, new(service, agent, message), page, cancellation);
        return TypedResults.Ok(page.Of(found, e => e.At, e => e.Id, EntryShown.Of));
    }

    /// <summary>Whether any agent of the workspace has failed at anything yet.</summary>
    public static Task<bool> HasFailuresAsync(IQuerySession session, CancellationToken cancellation) =>
        session.Query<ActivityEntry>().AnyAsync(e => e.Message == nameof(EpisodeFailed), cancellation);

    /// <summary>One more than the page holds, where there is one more.</summary>
    public static Task<IReadOnlyList<ActivityEntry>> QueryAsync(IQuerySession session, ActivityFilter filter, PageRequest page, CancellationToken cancellation)
    {
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var query = session.Query<ActivityEntry>().Where(e => string.Compare(e.SortKey, before) < 0);
        if (filter.Service is { Length: > 0 } service) query = query.Where(e => e.Service == service);
        if (filter.Agent is { Length: > 0 } agent) query = query.Where(e => e.AgentId == agent);
        if (filter.Message is { Length: > 0 } message) query = query.Where(e => e.Message == message);
        return query.OrderByDescending(e => e.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
    }
}

/// <summary>Each is exact; empty means all.</summary>
sealed record ActivityFilter(string? Service, string? Agent, string? Message);

/// <summary>An entry as it is answered.</summary>
sealed record EntryShown(
    string Id, DateTimeOffset At, string Service, string Message, string Words, Tone Tone, IReadOnlyList<string> Subjects, string? AgentId, Guid? ConversationId, string? TraceId)
{
    public static EntryShown Of(ActivityEntry e) => new(e.Id, e.At, e.Service, e.Message, e.Words, e.Tone, e.Subjects, e.AgentId, e.ConversationId, e.TraceId);
}
