using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>An operator's word on a pattern: try again now, or leave it alone.</summary>
static class RetryPattern
{
    public static Task<IResult> Post(
        Guid pattern, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, HttpResponse response, CancellationToken cancellation) =>
        Change(pattern, session, async known =>
        {
            if (known.State is not (PatternState.Open or PatternState.Retry or PatternState.Dismissed))
                return Problem.Conflict($"The pattern is {known.State}: only an open, failed or dismissed one can be tried again.");
            var now = clock.GetUtcNow();
            var decision = await FirePattern.Now(known, NewId.NextGuid(), now, session, bus, cancellation, isWanted: true);
            return decision is { IsAllowed: false } ? GateProblem.Of(decision, now, response) : null;
        }, cancellation);

    public static Task<IResult> Dismiss(Guid pattern, IDocumentSession session, CancellationToken cancellation) =>
        Change(pattern, session, known =>
        {
            session.Store(known.Dismiss());
            return Task.FromResult<IResult?>(known.State == PatternState.Resolved ? Problem.Conflict("The pattern is resolved already.") : null);
        }, cancellation);

    static async Task<IResult> Change(Guid id, IDocumentSession session, Func<FailurePattern, Task<IResult?>> change, CancellationToken cancellation)
    {
        if (await session.LoadAsync<FailurePattern>(id, cancellation) is not { } seen) return Problem.NotFound($"There is no pattern '{id}' in this workspace.");
        await session.LockAsync(DetectPatternConsumer.LockOf(seen.AgentId), cancellation);
        var problem = await change((await session.LoadAsync<FailurePattern>(id, cancellation))!);
        await session.SaveChangesAsync(cancellation); // a refusal is recorded too
        return problem ?? TypedResults.Ok(PatternView.Of((await session.LoadAsync<FailurePattern>(id, cancellation))!));
    }
}
