using System.Security.Claims;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Which failures are of another task.</summary>
/// <param name="EpisodeIds">1 to 200 episodes of the pattern; at least one other stays.</param>
/// <param name="Into">What they become: <c>one</c> new pattern, or <c>each</c> its own; one where it is absent.</param>
/// <param name="Reason">Required: why. At most 2,000 characters.</param>
public sealed record SplitRequest(IReadOnlyList<string>? EpisodeIds, string? Into = null, string? Reason = null);

/// <summary>The pattern without them, and the new ones.</summary>
sealed record PatternsSplit(PatternView Pattern, IReadOnlyList<PatternView> Split);

/// <summary>What is left of a pattern.</summary>
/// <param name="First">The oldest failure.</param>
/// <param name="Newest">The newest <see cref="FailurePattern.MaxSaid"/>, oldest first.</param>
/// <param name="Count">How many.</param>
/// <param name="New">How many of them joined since it last fired.</param>
sealed record WhatStays(Episode First, IReadOnlyList<Episode> Newest, int Count, int New);

/// <summary>Failures that an operator knows to be of another task leave their pattern. What was learned from them stays linked to them.</summary>
static class SplitPattern
{
    /// <summary>Named episodes leave into a new pattern, or each into its own, which may be due at once.</summary>
    public static async Task<IResult> Post(
        Guid pattern, SplitRequest body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, HttpContext http, CancellationToken cancellation)
    {
        if (Faults(body) is { Count: > 0 } faults) return Problem.Invalid(faults);
        if (await session.LoadAsync<FailurePattern>(pattern, cancellation) is not { } seen) return ListPatterns.NotFound(pattern);
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation);
        var known = (await session.LoadAsync<FailurePattern>(pattern, cancellation))!;
        if (PatternTag.Fault(http.Request, known, isRequired: true) is { } changed) return changed;
        if (known.State is PatternState.Fired or PatternState.Generating)
            return Problem.Conflict($"The pattern is {known.State}: a candidate is being made from all of its failures. Split it when that one is decided on, or reject it.");
        if (known.State == PatternState.Merged) return Problem.Conflict($"The pattern is part of {known.MergedInto} now: split that one.");

        var ids = body.EpisodeIds!.ToHashSet(StringComparer.Ordinal);
        var leaving = (await session.LoadManyAsync<Episode>(cancellation, ids)).Where(e => e.PatternId == pattern).OrderBy(e => e.RecordedAt).ThenBy(e => e.Id, StringComparer.Ordinal).ToList();
        if (ids.Except(leaving.Select(e => e.Id)).ToList() is { Count: > 0 } strangers)
            return Problem.Invalid("episode_ids", $"episode_ids must be episodes of this pattern; these are not: {string.Join(", ", strangers.Take(10))}.");

        List<List<Episode>> groups = body.Into == "each" ? [.. leaving.Select(e => new List<Episode> { e })] : [leaving];
        var split = groups.Select(group => group.Skip(1).Aggregate(FailurePattern.Begin(NewId.NextGuid(), known.WorkspaceId, group[0]), (p, e) => p.Join(e))).ToList();
        foreach (var (part, group) in split.Zip(groups)) await PatternEpisodes.MoveAsync(session, part, [.. group.Select(e => e.Id)], cancellation);
        foreach (var (part, group) in split.Zip(groups))
            await session.RefileAsync(new(known.WorkspaceId, known.AgentId), group.Select(Phrasing.Of), part.Id, cancellation);
        if (await PatternEpisodes.StayingAsync(session, known, cancellation) is not { } stays)
            return Problem.Invalid("episode_ids", "episode_ids must leave at least one episode in the pattern."); // nothing was committed

        var now = clock.GetUtcNow();
        var after = OperatorsWord.Without(known, stays, leaving.Select(Phrasing.Of));
        session.Store(after);
        foreach (var part in split) await FirePattern.Now(part, NewId.NextGuid(), now, session, bus, cancellation);
        await bus.SayDecisionAsync(
            session.TenantId, caller.Actor(), "pattern_split", $"pattern:{pattern}", body.Reason, PatternReshaped.Of(known), PatternReshaped.Of(after, split.Select(p => p.Id)), now, cancellation);
        await session.SaveChangesAsync(cancellation);

        http.Response.Headers.ETag = PatternTag.Of(after);
        var views = new List<PatternView>();
        foreach (var part in split) views.Add(await PatternView.OfAsync((await session.LoadAsync<FailurePattern>(part.Id, cancellation))!, session, cancellation));
        return TypedResults.Ok(new PatternsSplit(await PatternView.OfAsync(after, session, cancellation), views));
    }

    static Dictionary<string, string> Faults(SplitRequest body)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (body.EpisodeIds is null or { Count: 0 or > FailurePattern.MaxSaid }) faults["episode_ids"] = $"episode_ids must name 1 to {FailurePattern.MaxSaid} episodes.";
        else if (body.EpisodeIds.Any(string.IsNullOrWhiteSpace)) faults["episode_ids"] = "episode_ids must be ids.";
        if (body.Into is not (null or "one" or "each")) faults["into"] = "into must be one or each.";
        if (Reason.Fault(body.Reason, isRequired: true) is { } fault) faults["reason"] = fault;
        return faults;
    }
}

/// <summary>What splitting or merging changes of a pattern, for the audit log.</summary>
sealed record PatternReshaped(string State, int Attempts, int Failures, IReadOnlyList<Guid> Others)
{
    public static PatternReshaped Of(FailurePattern pattern, IEnumerable<Guid>? others = null) =>
        new(pattern.State.ToString().ToLowerInvariant(), pattern.Attempt, pattern.FailureCount, [.. others ?? []]);
}
