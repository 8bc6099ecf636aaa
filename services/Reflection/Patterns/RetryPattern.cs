using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>An operator's word on a pattern: try again now, or leave it alone.</summary>
static class RetryPattern
{
    /// <summary>Tries again now; with a reason where there is one to tell.</summary>
    public static Task<IResult> Post(
        Guid pattern, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, HttpContext http,
        CancellationToken cancellation, string? reason = null) =>
        Change(pattern, session, http, reason, async known =>
        {
            if (known.State is not (PatternState.Open or PatternState.Retry or PatternState.Dismissed))
                return Problem.Conflict($"The pattern is {known.State}: only an open, failed or dismissed one can be tried again.");
            var now = clock.GetUtcNow();
            var decision = await FirePattern.Now(known, NewId.NextGuid(), now, session, bus, cancellation, isWanted: true);
            if (decision is { IsAllowed: false }) return GateProblem.Of(decision, now, http.Response);
            await bus.SayDecisionAsync(
                session.TenantId, caller.Actor(), "pattern_retried", $"pattern:{pattern}", reason, PatternAsDecided.Of(known),
                PatternAsDecided.Of(known.Fire(Guid.Empty, now)), now, cancellation);
            return null;
        }, cancellation);

    /// <summary>Leaves it alone; with a reason where there is one to tell.</summary>
    public static Task<IResult> Dismiss(
        Guid pattern, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, HttpContext http,
        CancellationToken cancellation, string? reason = null) =>
        Change(pattern, session, http, reason, async known =>
        {
            if (known.State is PatternState.Resolved or PatternState.Merged) return Problem.Conflict($"The pattern is {known.State} already.");
            if (known.State == PatternState.Dismissed) return null;
            session.Store(known.Dismiss());
            await bus.SayDecisionAsync(
                session.TenantId, caller.Actor(), "pattern_dismissed", $"pattern:{pattern}", reason, PatternAsDecided.Of(known),
                PatternAsDecided.Of(known.Dismiss()), clock.GetUtcNow(), cancellation);
            return null;
        }, cancellation);

    static async Task<IResult> Change(
        Guid id, IDocumentSession session, HttpContext http, string? reason, Func<FailurePattern, Task<IResult?>> change, CancellationToken cancellation)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        if (await session.LoadAsync<FailurePattern>(id, cancellation) is not { } seen) return ListPatterns.NotFound(id);
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation);
        var known = (await session.LoadAsync<FailurePattern>(id, cancellation))!;
        if (PatternTag.Fault(http.Request, known) is { } changed) return changed;
        var problem = await change(known);
        await session.SaveChangesAsync(cancellation); // a refusal is recorded too
        if (problem is not null) return problem;
        var after = (await session.LoadAsync<FailurePattern>(id, cancellation))!;
        http.Response.Headers.ETag = PatternTag.Of(after);
        return TypedResults.Ok(await PatternView.OfAsync(after, session, cancellation));
    }
}

/// <summary>What of a pattern a decision changes, for the audit log.</summary>
sealed record PatternAsDecided(string State, int Attempts)
{
    public static PatternAsDecided Of(FailurePattern pattern) => new(pattern.State.ToString().ToLowerInvariant(), pattern.Attempt);
}
