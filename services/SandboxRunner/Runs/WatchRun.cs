using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Queue;
using Marten;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>One input's result, as it is streamed.</summary>
/// <param name="Index">The input's place, from 0.</param>
/// <param name="Result">What the call did. Hostile text: show it as text only.</param>
sealed record InputReported(int Index, InputResult Result);

/// <summary>How a run ended, without the results: they have been streamed before.</summary>
sealed record RunEnded(
    Guid Id, string Status, string? Reason, bool SyntaxError, bool ExecutionSuccess, double ExecutionLatencyMs, SourceShape? Shape, DateTimeOffset CompletedAt);

/// <summary>
/// A run as server-sent events: <c>queued</c> (place) and <c>running</c> (how far) as they change, <c>input</c> once for each input in order, <c>ended</c> last.
/// Who joins late or at another instance gets the inputs' results later, but all of them. A run that begins anew says them anew.
/// </summary>
sealed class WatchRun(IDocumentStore store, RequestQueue queue, LiveRequests live, TimeProvider clock)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>Something is said at least this often, so that no proxy takes the stream for dead.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    public static async Task<IResult> Get(
        string workspace, Guid run, WatchRun watch, IQuerySession session, RequestQueue queue, LiveRequests live, CancellationToken cancellation)
    {
        if (await GetRun.Find(workspace, run, session, queue, live, cancellation) is null) return GetRun.NotFound(run);
        return TypedResults.ServerSentEvents(watch.Stream(workspace, run, cancellation));
    }

    async IAsyncEnumerable<SseItem<object>> Stream(string workspace, Guid run, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var sent = 0;
        LiveRequest? watched = null;
        PendingRequest? said = null;
        var saidAt = clock.GetTimestamp();
        while (true)
        {
            // First what runs here, since before the end nobody else knows it.
            if (live.Find(RunKind.Key(workspace, run)) is { Limits: { } limits } here)
            {
                if (here != watched) (watched, sent) = (here, 0);
                var (calls, changed) = here.From(sent);
                foreach (var call in calls) yield return new(new InputReported(sent++, Verdict.Of(call, limits)), "input");
                if (calls.Count > 0) saidAt = clock.GetTimestamp();
                if (said is { Status: "running" } && clock.GetElapsedTime(saidAt) < Quiet)
                {
                    await Task.WhenAny(changed, Task.Delay(Quiet, clock, cancellation));
                    if (live.Find(RunKind.Key(workspace, run)) == here) continue;
                }
            }

            if (await queue.FindAsync(RunKind.Key(workspace, run), cancellation) is { } pending)
            {
                pending = pending with { InputsDone = Math.Max(sent, pending.InputsDone) };
                if (pending != said || clock.GetElapsedTime(saidAt) >= Quiet)
                {
                    yield return new(pending, pending.Status);
                    (said, saidAt) = (pending, clock.GetTimestamp());
                }

                if (pending.Status == "queued" || live.Find(RunKind.Key(workspace, run)) is null) await Task.Delay(Look, clock, cancellation);
                continue;
            }

            if (await Answer(workspace, run, cancellation) is not { } answer) yield break;
            for (; sent < answer.Results.Count; sent++) yield return new(new InputReported(sent, answer.Results[sent]), "input");
            yield return new(
                new RunEnded(run, answer.Status, answer.Reason, answer.SyntaxError, answer.ExecutionSuccess, answer.ExecutionLatencyMs, answer.Shape, answer.CompletedAt),
                "ended");
            yield break;
        }
    }

    async Task<SandboxRunCompleted?> Answer(string workspace, Guid run, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(workspace); // the stream may last; the request's own would hold a connection as long
        return (await session.LoadAsync<SandboxRun>(run, cancellation))?.Answer;
    }
}
