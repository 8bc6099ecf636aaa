using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>One run with its results. What came out of the sandbox is hostile text: show it as text only.</summary>
static class GetRun
{
    public static async Task<IResult> Get(Guid run, IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<SandboxRun>(run, cancellation) is { } found
            ? TypedResults.Ok(found)
            : Problem.NotFound($"There is no run {run} in this workspace.");
}
