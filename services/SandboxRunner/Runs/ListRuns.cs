using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Marten.Linq.MatchesSql;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>GET /workspaces/{workspace}/runs: newest first, without the results.</summary>
static class ListRuns
{
    public static void MapListRuns(this IEndpointRouteBuilder app) => app
        .MapGet("/workspaces/{workspace}/runs", Handle)
        .RequireRole(Roles.Operator).WithSummary("A workspace's sandbox runs, newest first; filters: status, requested_by, subject_id");

    static async Task<Page<RunSummary>> Handle(
        PageRequest page, string? status, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "requested_by")] string? requestedBy,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_id")] Guid? subjectId, IQuerySession session, CancellationToken cancellation)
    {
        var runs = session.Query<SandboxRun>().Where(r =>
            r.CompletedAt < page.Before || (r.CompletedAt == page.Before && r.MatchesSql("d.id::text < ?", page.BeforeId)));
        if (status is not null) runs = runs.Where(r => r.Status == status);
        if (requestedBy is not null) runs = runs.Where(r => r.RequestedBy == requestedBy);
        if (subjectId is { } subject) runs = runs.Where(r => r.SubjectId == subject);
        var found = await runs.OrderByDescending(r => r.CompletedAt).ThenByDescending(r => r.Id).Take(page.Limit + 1)
            .Select(r => new RunSummary(r.Id, r.RequestedBy, r.SubjectId, r.FunctionName, r.Inputs, r.Status, r.StartedAt, r.CompletedAt))
            .ToListAsync(cancellation);
        return page.Of(found, r => r.CompletedAt, r => r.Id.ToString(), r => r);
    }
}

/// <summary>A run without its results.</summary>
public sealed record RunSummary(
    Guid Id, string RequestedBy, Guid SubjectId, string FunctionName, int Inputs, string Status, DateTimeOffset StartedAt, DateTimeOffset CompletedAt);
