using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Reflection.Patterns;

/// <summary>Failure patterns, the one with the newest failure first.</summary>
static class ListPatterns
{
    /// <summary>Filters: <c>agent</c>, <c>state</c>.</summary>
    public static async Task<IResult> List(PageRequest page, IQuerySession session, CancellationToken cancellation, string? agent = null, string? state = null)
    {
        var beforeId = Guid.TryParse(page.BeforeId, out var parsed) ? parsed : Guid.Empty;
        var query = session.Query<FailurePattern>().Where(p => p.LastFailureAt < page.Before || (p.LastFailureAt == page.Before && p.Id.CompareTo(beforeId) < 0));
        if (agent is not null) query = query.Where(p => p.AgentId == agent);
        if (state is not null)
        {
            if (!Enum.TryParse<PatternState>(state, ignoreCase: true, out var wanted))
                return Problem.Invalid("state", $"state must be one of {string.Join(", ", Enum.GetNames<PatternState>()).ToLowerInvariant()}.");
            query = query.Where(p => p.State == wanted);
        }

        var loaded = await query.OrderByDescending(p => p.LastFailureAt).ThenByDescending(p => p.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        var episodes = await PatternEpisodes.IdsAsync(session, [.. loaded.Select(p => p.Id)], cancellation);
        return TypedResults.Ok(page.Of(loaded, p => p.LastFailureAt, p => p.Id.ToString(), p => PatternView.Of(p, episodes)));
    }

    /// <summary>One pattern, with the candidates and skills that it led to.</summary>
    public static async Task<IResult> Get(Guid pattern, IQuerySession session, HttpResponse response, CancellationToken cancellation)
    {
        if (await session.LoadAsync<FailurePattern>(pattern, cancellation) is not { } found) return NotFound(pattern);
        response.Headers.ETag = PatternTag.Of(found);
        return TypedResults.Ok(await PatternView.OfAsync(found, session, cancellation) with { Candidates = await LearnedCandidate.OfPatternAsync(found, session, cancellation) });
    }

    internal static IResult NotFound(Guid pattern) => Problem.NotFound($"There is no pattern '{pattern}' in this workspace.");
}

/// <summary>A pattern as it is shown, with the ids of its newest episodes; the episodes themselves are read by <c>/episodes?pattern=</c>.</summary>
sealed record PatternView(
    Guid PatternId, string AgentId, string TaskDescription, PatternState State, int Failures, IReadOnlyList<string> EpisodeIds, DateTimeOffset FirstFailureAt,
    DateTimeOffset LastFailureAt, int Attempts, string? Reason, DateTimeOffset? RetryAt, Guid? ConversationId,
    Guid? MergedInto, IReadOnlyList<Guid> MergedFrom, IReadOnlyList<CandidateView>? Candidates = null)
{
    public static PatternView Of(FailurePattern p, ILookup<Guid, string> episodes) => new(
        p.Id, p.AgentId, p.TaskDescription, p.State, p.FailureCount, [.. episodes[p.Id]], p.FirstFailureAt, p.LastFailureAt,
        p.Attempt, p.LastReason, p.NotBefore == DateTimeOffset.MaxValue ? null : p.NotBefore, p.ConversationId, p.MergedInto, p.MergedFrom);

    public static async Task<PatternView> OfAsync(FailurePattern p, IQuerySession session, CancellationToken cancellation) =>
        Of(p, await PatternEpisodes.IdsAsync(session, [p.Id], cancellation));
}
