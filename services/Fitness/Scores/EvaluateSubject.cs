using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>
/// <c>POST /workspaces/{workspace}/scores/{subject}/evaluate</c>: takes the score as it is instead of waiting for external signals. Later ones still count.
/// </summary>
static class EvaluateSubject
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/scores/{subject}/evaluate", Handle)
        .WithSummary("Evaluate now instead of waiting for external signals").Produces<ScoreView>().ProducesProblem(404).ProducesProblem(409)
        .RequireKnownWorkspace();

    static async Task<IResult> Handle(
        string subject, ClaimsPrincipal caller, IDocumentSession session,
        IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (SubjectId.Parse(subject) is not { } id || await session.LoadAsync<Subject>(id, cancellation) is not { } known)
            return Problem.NotFound($"Nothing was heard of '{subject}'.");
        if (!known.IsKnown) return Problem.Conflict($"'{id}' has signals, but its owner has not spoken of it yet, so there is no score to evaluate.");

        var (before, now) = (known, clock.GetUtcNow());
        var evaluated = await session.ChangeAsync(bus, id, [], s => (before = s).Evaluate(caller.Actor(), now), now, cancellation);
        if (evaluated.Score.Status != before.Score.Status)
        {
            await bus.SayDecisionAsync(
                session.TenantId, caller.Actor(), "score_evaluated", id, reason: null, new { status = before.Status, score = before.Score.Value },
                new { status = evaluated.Status, score = evaluated.Score.Value }, now, cancellation);
        }

        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(await ShowScore.ViewAsync(session, evaluated, cancellation));
    }
}
