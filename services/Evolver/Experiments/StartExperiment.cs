using System.Security.Claims;
using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Experiments;

/// <summary>What an operator wants to have improved.</summary>
/// <param name="Skill">The skill's name; the version that agents get now is taken.</param>
/// <param name="Reason"><c>execution_time</c> where it is absent, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</param>
/// <param name="Iterations">How often a winner may be changed again, 1 to 20: research mode.</param>
/// <param name="Seed">Decides what is drawn by lot; 0 or above. The same experiment again is had with the same seed.</param>
public sealed record ExperimentRequest(string? Skill, string? Reason = null, int? Iterations = null, int? Seed = null);

/// <summary>Where to ask for it.</summary>
public sealed record ExperimentAccepted(Guid Id);

/// <summary>An operator begins an experiment. It counts against the day's limit like any other; a cool-down holds up nobody who asks.</summary>
public static class StartExperiment
{
    static readonly IReadOnlyList<string> Reasons = ["execution_time", "token_usage", "failure", "retries"];

    /// <summary>Maps POST.</summary>
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/experiments", Handle)
        .Produces<ExperimentAccepted>(202).MayRefuse(404, 409, 429);

    /// <summary>POST. The same <c>Idempotency-Key</c> again starts nothing and answers the same.</summary>
    static async Task<IResult> Handle(
        string workspace, ExperimentRequest body, [FromHeader(Name = "Idempotency-Key")] string? key, IDocumentSession session, IPublishEndpoint bus,
        IServiceProvider services,
        IOptions<EvolutionOptions> options, ClaimsPrincipal caller, HttpContext http, CancellationToken cancellation)
    {
        if (Fault(body) is var (property, what)) return Problem.Invalid(property, what);
        var id = key is { Length: > 0 } ? ExperimentId.Asked(workspace, key) : Guid.CreateVersion7();
        if (key is not null && await session.LoadAsync<Experiment>(id, cancellation) is not null) return Accepted(workspace, id);

        var turn = services.GetRequiredService<Turns>().Begin(workspace, session, bus, cancellation);
        var wish = new Wish(id, body.Skill!, body.Reason ?? Reasons[0], caller.Actor(), body.Iterations ?? options.Value.Iterations) { Seed = body.Seed };

        // What a person asks for needs no agent's maturity.
        var facts = new GateFacts(await session.SettingsAsync(cancellation), 0, Maturity.Autonomous, 0);
        var begun = await BeginExperiment.TryAsync(turn, wish, Capability.AlphaEvolver, facts);
        if (begun.Refused is { } refused) return GateProblem.Of(refused, turn.Now, http.Response);
        if (begun.Outcome == "open" && begun.ExperimentId == id) return Accepted(workspace, id);
        if (begun.Outcome == "unknown_skill") return Problem.NotFound($"There is no skill '{body.Skill}' in this workspace.");
        if (!begun.HasStarted) return Problem.Conflict(begun.Detail);

        await bus.SayDecisionAsync(
            workspace, wish.StartedBy, "experiment_started", $"experiment:{id}", null, null, new { wish.SkillName, wish.Reason, wish.Iterations }, turn.Now,
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return Accepted(workspace, id);
    }

    /// <summary>Pure: what is wrong with a request, and where.</summary>
    internal static (string Property, string What)? Fault(ExperimentRequest body) => body switch
    {
        { Skill: null or "" } => ("skill", "skill is required: the name of a published skill."),
        { Reason: { } reason } when !Reasons.Contains(reason, StringComparer.Ordinal) => ("reason", $"reason must be one of {string.Join(", ", Reasons)}."),
        { Iterations: < 1 or > EvolutionOptions.MostIterations } => ("iterations", $"iterations must be 1 to {EvolutionOptions.MostIterations}."),
        { Seed: < 0 } => ("seed", "seed must be 0 or above."),
        _ => null,
    };

    static Accepted<ExperimentAccepted> Accepted(string workspace, Guid id) =>
        TypedResults.Accepted($"/workspaces/{Uri.EscapeDataString(workspace)}/experiments/{id}", new ExperimentAccepted(id));
}
