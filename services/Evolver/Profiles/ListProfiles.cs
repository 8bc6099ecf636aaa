using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Profiles;

/// <summary><c>GET /workspaces/{workspace}/profiles</c>: the versions in use, last used first; filter <c>skill</c>.</summary>
static class ListProfiles
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/profiles", Handle)
        .WithSummary("Profiles of the skill versions in use, last used first").Produces<Page<ProfileItem>>().ProducesProblem(400).ProducesProblem(404);

    static async Task<IResult> Handle(PageRequest page, IQuerySession session, CancellationToken cancellation, string? skill = null)
    {
        IQueryable<SkillProfile> profiles = session.Query<SkillProfile>();
        if (skill is not null) profiles = profiles.Where(p => p.SkillName == skill);
        var found = await profiles
            .Where(p => p.UpdatedAt < page.Before || p.UpdatedAt == page.Before && string.Compare(p.Id, page.BeforeId) < 0)
            .OrderByDescending(p => p.UpdatedAt).ThenByDescending(p => p.Id)
            .Take(page.Limit + 1)
            .Select(p => new ProfileItem(p.SkillName, p.Version, p.Count, p.Failures, p.Retries, p.Tokens, p.P50Seconds, p.P95Seconds, p.UpdatedAt))
            .ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, p => p.UpdatedAt, p => Catalog.SkillVersion.IdOf(p.SkillName, p.Version), p => p));
    }
}

/// <summary>One line of the list. Seconds are over the newest 200 executions, the rest over all.</summary>
public sealed record ProfileItem(
    string SkillName, string Version, int Count, int Failures, long Retries, long Tokens, double P50Seconds, double P95Seconds, DateTimeOffset UpdatedAt);
