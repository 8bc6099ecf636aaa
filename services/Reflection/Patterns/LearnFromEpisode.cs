using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>A candidate asked for by hand: the episode's pattern fires now, without waiting for the threshold. The gate and the daily limit still count.</summary>
static class LearnFromEpisode
{
    public static async Task<IResult> Post(
        string episode, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, HttpResponse response,
        CancellationToken cancellation)
    {
        if (await session.LoadAsync<Episode>(Episode.IdOfRoute(episode), cancellation) is not { } known) return Problem.NotFound($"There is no episode '{episode}' in this workspace.");
        if (known.PatternId is not { } id)
            return Problem.Conflict(known.Outcome == Outcome.Success ? "The episode succeeded: there is nothing to learn." : "The episode is being filed: try again in a moment.");

        await session.LockAsync(DetectPattern.LockOf(known.AgentId), cancellation);
        var pattern = (await session.LoadAsync<FailurePattern>(id, cancellation))!;
        if (pattern.State is PatternState.Fired or PatternState.Generating or PatternState.Resolved)
            return Problem.Conflict($"The episode's pattern {id} is {pattern.State} already.");

        var now = clock.GetUtcNow();
        var decision = await FirePattern.Now(pattern, NewId.NextGuid(), now, session, bus, cancellation, isWanted: true);
        if (decision is not { IsAllowed: false })
        {
            await bus.SayDecisionAsync(
                session.TenantId, caller.Actor(), "pattern_retried", $"pattern:{id}", $"Asked for by hand, for episode {known.Id}",
                PatternAsDecided.Of(pattern), PatternAsDecided.Of(pattern.Fire(Guid.Empty, now)), now, cancellation);
        }

        await session.SaveChangesAsync(cancellation);
        return decision is { IsAllowed: false }
            ? GateProblem.Of(decision, now, response)
            : TypedResults.Accepted($"/workspaces/{session.TenantId}/patterns/{id}", new LearningStarted(id));
    }
}

/// <summary>The pattern that fired.</summary>
sealed record LearningStarted(Guid PatternId);
