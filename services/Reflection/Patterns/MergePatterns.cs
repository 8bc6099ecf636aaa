using System.Security.Claims;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Which pattern is of the same task.</summary>
/// <param name="From">Required: the pattern whose failures come here.</param>
/// <param name="FromEtag">Its ETag, where the decision shall be void if it has changed since.</param>
/// <param name="Reason">Required: why. At most 2,000 characters.</param>
public sealed record MergeRequest(Guid? From, string? FromEtag = null, string? Reason = null);

/// <summary>Two patterns that an operator knows to be of one task become one.</summary>
static class MergePatterns
{
    /// <summary>Another pattern of the agent becomes part of this one, which may be due at once.</summary>
    public static async Task<IResult> Post(
        Guid pattern, MergeRequest body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, HttpContext http, CancellationToken cancellation)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (body.From is null || body.From == pattern) faults["from"] = "from must be the id of another pattern.";
        if (Reason.Fault(body.Reason, isRequired: true) is { } fault) faults["reason"] = fault;
        if (faults.Count > 0) return Problem.Invalid(faults);

        if (await session.LoadAsync<FailurePattern>(pattern, cancellation) is not { } seen) return ListPatterns.NotFound(pattern);
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation);
        var whole = (await session.LoadAsync<FailurePattern>(pattern, cancellation))!;
        if (PatternTag.Fault(http.Request, whole, isRequired: true) is { } changed) return changed;
        if (await session.LoadAsync<FailurePattern>(body.From!.Value, cancellation) is not { } part) return ListPatterns.NotFound(body.From.Value);
        if (body.FromEtag is not null && body.FromEtag != PatternTag.Of(part)) return PatternTag.Changed(part);
        if (whole.AgentId != part.AgentId) return Problem.Conflict($"The patterns are of two agents, {whole.AgentId} and {part.AgentId}: each learns from its own failures.");
        foreach (var one in new[] { whole, part })
        {
            if (one.State is not (PatternState.Open or PatternState.Retry)) return Problem.Conflict($"The pattern {one.Id} is {one.State}: {Advice(one)}");
        }

        var now = clock.GetUtcNow();
        var merged = OperatorsWord.Merge(whole, part);
        await PatternEpisodes.MoveAllAsync(session, part.Id, merged, cancellation);
        await session.RefileAllAsync(part.Id, whole.Id, cancellation);
        session.Store(part with { State = PatternState.Merged, MergedInto = whole.Id, NotBefore = null });
        await FirePattern.Now(merged, NewId.NextGuid(), now, session, bus, cancellation);
        await bus.SayDecisionAsync(
            session.TenantId, caller.Actor(), "patterns_merged", $"pattern:{pattern}", body.Reason, PatternReshaped.Of(whole, [part.Id]), PatternReshaped.Of(merged), now, cancellation);
        await session.SaveChangesAsync(cancellation);

        var after = (await session.LoadAsync<FailurePattern>(pattern, cancellation))!;
        http.Response.Headers.ETag = PatternTag.Of(after);
        return TypedResults.Ok(await PatternView.OfAsync(after, session, cancellation));
    }

    static string Advice(FailurePattern pattern) => pattern.State switch
    {
        PatternState.Fired or PatternState.Generating => "a candidate is being made from its failures. Merge it when that one is decided on, or reject it.",
        PatternState.Dismissed => "retry it first, if it matters again.",
        PatternState.Merged => $"it is part of {pattern.MergedInto} already.",
        _ => "its skill was published; later failures begin a new pattern.",
    };
}
