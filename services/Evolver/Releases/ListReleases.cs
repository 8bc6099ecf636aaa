using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Releases;

/// <summary><c>GET /workspaces/{workspace}/releases</c>: mutations among the agents, newest first; filter <c>skill</c>.</summary>
static class ListReleases
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/releases", Handle)
        .WithSummary("Published mutations and how they hold where they are used, newest first").Produces<Page<ReleaseView>>().ProducesProblem(400).ProducesProblem(404);

    static async Task<IResult> Handle(PageRequest page, IQuerySession session, CancellationToken cancellation, string? skill = null)
    {
        IQueryable<Release> releases = session.Query<Release>();
        if (skill is not null) releases = releases.Where(r => r.SkillName == skill);
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = await releases.Where(r => string.Compare(r.SortKey, before) < 0).OrderByDescending(r => r.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, r => r.StartedAt, r => r.Id, ReleaseView.Of));
    }
}

/// <summary>A published mutation as it is shown.</summary>
/// <param name="SkillName">The skill's name in the catalog.</param>
/// <param name="Version">The version that it became.</param>
/// <param name="ParentVersion">The version that it is compared with.</param>
/// <param name="MutationId">The mutation.</param>
/// <param name="Share">The share of the agents that get it while it is watched.</param>
/// <param name="State">See <see cref="ReleaseState"/>.</param>
/// <param name="Watched">Its executions since it was published, as long as it is watched.</param>
/// <param name="Failures">Those that did not succeed.</param>
/// <param name="P50Seconds">Median of their seconds; <c>null</c> where there are none.</param>
/// <param name="ParentWatched">Executions of the parent that it was last compared with.</param>
/// <param name="ParentFailures">Those that did not succeed.</param>
/// <param name="ParentP50Seconds">Median of their seconds; <c>null</c> where there are none.</param>
/// <param name="Detail">Why it is in this state, or why its roll back was asked for.</param>
/// <param name="StartedAt">When it was published.</param>
/// <param name="EndedAt">When it came into a state that lasts; <c>null</c> while it is watched.</param>
public sealed record ReleaseView(
    string SkillName, string Version, string ParentVersion, Guid MutationId, double Share, string State, int Watched, int Failures, double? P50Seconds,
    int ParentWatched, int ParentFailures, double? ParentP50Seconds, string? Detail, DateTimeOffset StartedAt, DateTimeOffset? EndedAt)
{
    /// <summary>Shows a release.</summary>
    public static ReleaseView Of(Release r) => new(
        r.SkillName, r.Version, r.ParentVersion, r.MutationId, r.Share, r.State, r.Watched.Count, r.Watched.Count(s => s.Success == false),
        UseOfParent.Median(r.Watched), r.Parent.Watched, r.Parent.Failures, r.Parent.P50Seconds, r.Detail, r.StartedAt, r.EndedAt);
}
