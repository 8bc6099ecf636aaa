using AutoDev.SandboxRunner.Queue;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>One run: its place while it is queued, how far it is while it runs, then its results. They are hostile text: show them as text only.</summary>
static class GetRun
{
    public static async Task<IResult> Get(
        string workspace, Guid run, IQuerySession session, RequestQueue queue, LiveRequests live, CancellationToken cancellation) =>
        await Find(workspace, run, session, queue, live, cancellation) is { } found ? TypedResults.Ok(found) : NotFound(run);

    /// <summary>The run that has ended or the request that has not; <c>null</c> if there is neither.</summary>
    internal static async Task<object?> Find(
        string workspace, Guid run, IQuerySession session, RequestQueue queue, LiveRequests live, CancellationToken cancellation)
    {
        // Of runs on this instance it is known at every moment how far they are, of others once a second.
        if (await queue.FindAsync(RunKind.Key(workspace, run), cancellation) is { } pending)
            return pending with { InputsDone = live.Find(RunKind.Key(workspace, run))?.Done ?? pending.InputsDone };
        return await session.LoadAsync<SandboxRun>(run, cancellation);
    }

    internal static IResult NotFound(Guid run) => Problem.NotFound($"There is no run {run} in this workspace.");
}
