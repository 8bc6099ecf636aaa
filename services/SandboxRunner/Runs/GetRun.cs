using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>GET /workspaces/{workspace}/runs/{id}: with the results. What came out of the sandbox is hostile text: show it as text only.</summary>
static class GetRun
{
    public static void MapGetRun(this IEndpointRouteBuilder app) => app
        .MapGet("/workspaces/{workspace}/runs/{id:guid}", Handle)
        .RequireRole(Roles.Operator).WithSummary("One sandbox run with its results");

    static async Task<Results<Ok<SandboxRun>, ProblemHttpResult>> Handle(Guid id, IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<SandboxRun>(id, cancellation) is { } run ? TypedResults.Ok(run) : Problem.NotFound($"There is no run {id} in this workspace");
}
