using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Mutations;

/// <summary>The workspace's mutations, newest first.</summary>
static class ListMutations
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/mutations", Handle)
        .WithSummary("Mutations, newest first").Produces<Page<MutationItem>>().ProducesProblem(400).ProducesProblem(404);

    /// <summary>GET, filtered by <c>status</c> and <c>skill</c>.</summary>
    static async Task<IResult> Handle(PageRequest page, IQuerySession session, CancellationToken cancellation, string? status = null, string? skill = null)
    {
        if (status is not null && !MutationStatus.All.Contains(status, StringComparer.Ordinal))
            return Problem.Invalid("status", $"status must be one of {string.Join(", ", MutationStatus.All)}.");
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = session.Query<Mutation>().Where(m => string.Compare(m.SortKey, before) < 0);
        if (status is not null) found = found.Where(m => m.Status == status);
        if (skill is not null) found = found.Where(m => m.SkillName == skill);
        var loaded = await found.OrderByDescending(m => m.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, m => m.ProposedAt, m => m.Id.ToString(), MutationItem.Of));
    }
}

/// <summary>
/// A mutation in a list. Speedup and memory ratio are against the parent, above 1 for better; mended are recorded inputs that it answers where the parent
/// fails,
/// inputs all that it was compared on; version is the one that it became.
/// </summary>
public sealed record MutationItem(
    Guid Id, Guid ExperimentId, string SkillName, string ParentVersion, string? Version, string Status, string Reason, string Mutator, string Description,
    double? Speedup, double? SpeedupLow, double? SpeedupHigh, double? MemoryRatio, int Mended, int Inputs, string? AgentId, DateTimeOffset ProposedAt,
    DateTimeOffset? CompletedAt)
{
    /// <summary>Shows one.</summary>
    public static MutationItem Of(Mutation m) => new(
        m.Id, m.ExperimentId, m.SkillName, m.ParentVersion, m.Version, m.Status, m.Reason, m.Mutator, m.Description, m.Speedup?.Ratio, m.Speedup?.Low,
        m.Speedup?.High,
        m.MemoryRatio, m.Mended, m.ByInput.Count, m.AgentId, m.ProposedAt, m.CompletedAt);
}
