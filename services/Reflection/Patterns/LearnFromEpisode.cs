using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>A candidate asked for by hand: the episode's pattern fires now, without waiting for the threshold. The gate and the daily limit still count.</summary>
static class LearnFromEpisode
{
    public static async Task<IResult> Post(
        string episode, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, HttpResponse response, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Episode>(Episode.IdOfRoute(episode), cancellation) is not { } known) return Problem.NotFound($"There is no episode '{episode}' in this workspace.");
        if (known.PatternId is not { } id)
            return Problem.Conflict(known.Outcome == Outcome.Success ? "The episode succeeded: there is nothing to learn." : "The episode is being filed: try again in a moment.");

        await session.LockAsync(DetectPatternConsumer.LockOf(known.AgentId), cancellation);
        var pattern = (await session.LoadAsync<FailurePattern>(id, cancellation))!;
        if (pattern.State is PatternState.Fired or PatternState.Generating or PatternState.Resolved)
            return Problem.Conflict($"The episode's pattern {id} is {pattern.State} already.");

        var now = clock.GetUtcNow();
        var decision = await FirePattern.Now(pattern, NewId.NextGuid(), now, session, bus, cancellation, isWanted: true);
        await session.SaveChangesAsync(cancellation);
        return decision is { IsAllowed: false }
            ? GateProblem.Of(decision, now, response)
            : TypedResults.Accepted($"/workspaces/{session.TenantId}/patterns/{id}", new { PatternId = id });
    }
}
