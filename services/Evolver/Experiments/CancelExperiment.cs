using System.Security.Claims;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Experiments;

/// <summary>Why an experiment shall end.</summary>
/// <param name="Reason">At most 2,000 characters.</param>
public sealed record CancelRequest(string? Reason);

/// <summary>An operator ends an experiment. What the sandbox still answers to it changes nothing.</summary>
public static class CancelExperiment
{
    /// <summary>Maps POST.</summary>
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/experiments/{id:guid}/cancel", Handle)
        .WithSummary("End an experiment").Produces<ExperimentItem>().MayRefuse(404, 409);

    static async Task<IResult> Handle(
        string workspace, Guid id, CancelRequest? body, IDocumentSession session, IPublishEndpoint bus, IServiceProvider services, ClaimsPrincipal caller,
        CancellationToken cancellation)
    {
        if (Reason.Fault(body?.Reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync(Experiment.LockOf(id), cancellation);
        if (await session.LoadAsync<Experiment>(id, cancellation) is not { } experiment)
            return Problem.NotFound($"There is no experiment {id} in this workspace.");
        if (!experiment.IsOpen) return Problem.Conflict($"The experiment has ended: {experiment.Outcome}.");

        var turn = services.GetRequiredService<Turns>().Begin(workspace, session, bus, cancellation);
        var (by, reason) = (caller.Actor(), body?.Reason?.Trim() is { Length: > 0 } said ? said : null);
        var ended = await EndExperiment.StopAsync(turn, experiment, Outcome.Cancelled, $"Cancelled by {by}{(reason is null ? "." : $": {reason}")}");
        session.Store(ended);
        await bus.SayDecisionAsync(
            workspace, by, "experiment_cancelled", $"experiment:{id}", reason, new { experiment.Stage }, new { ended.Stage, ended.Outcome }, turn.Now,
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(ExperimentItem.Of(ended));
    }
}
