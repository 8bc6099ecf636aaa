using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.Experiments;

/// <summary>The workspace's experiments, newest first.</summary>
static class ListExperiments
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/experiments", Handle)
        .WithSummary("Experiments, newest first").Produces<Page<ExperimentItem>>().ProducesProblem(400).ProducesProblem(404);

    /// <summary>GET, filtered by <c>status</c> (<c>open</c> or <c>ended</c>) and <c>skill</c>.</summary>
    static async Task<IResult> Handle(PageRequest page, IQuerySession session, CancellationToken cancellation, string? status = null, string? skill = null)
    {
        if (status is not (null or "open" or "ended")) return Problem.Invalid("status", "status must be open or ended.");
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = session.Query<Experiment>().Where(e => string.Compare(e.SortKey, before) < 0);
        if (skill is not null) found = found.Where(e => e.SkillName == skill);
        if (status == "open") found = found.Where(e => e.Stage != Stage.Ended);
        if (status == "ended") found = found.Where(e => e.Stage == Stage.Ended);
        var loaded = await found.OrderByDescending(e => e.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, e => e.StartedAt, e => e.Id.ToString(), ExperimentItem.Of));
    }
}

/// <summary>An experiment in a list. Runs are answers of the sandbox so far; stage, outcome and reason are stable words.</summary>
public sealed record ExperimentItem(
    Guid Id, string SkillName, string Version, string Reason, string? AgentId, string StartedBy, string Stage, string? Outcome, string? Detail, int Iterations,
    int Iteration, int Runs, Guid? MutationId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt)
{
    /// <summary>Shows one.</summary>
    public static ExperimentItem Of(Experiment e) => new(
        e.Id, e.SkillName, e.Version, e.Reason, e.AgentId, e.StartedBy, e.Stage, e.Outcome, e.Detail, e.Iterations, e.Iteration, e.Spent.Runs, e.MutationId,
        e.StartedAt,
        e.EndedAt);
}
