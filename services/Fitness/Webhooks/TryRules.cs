using System.Text.Json;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Webhooks;

/// <summary>
/// <c>POST /workspaces/{workspace}/webhooks/{source}/try</c>: what a body would become, by the webhook's rules or by others. Nothing is stored or said.
/// </summary>
static class TryRules
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{source}/try", Handle)
        .WithSummary("What a body would become, by the webhook's rules or by others").Produces<TriedRules>().ProducesProblem(400).ProducesProblem(404)
        .RequireKnownWorkspace();

    static async Task<IResult> Handle(string source, TryRulesRequest request, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        if (request.Body is not { } body) return Problem.Invalid("body", "body is missing: the JSON that the other system would post.");
        var rules = request.Rules ?? (await session.LoadAsync<WebhookSource>(source, cancellation))?.Rules;
        if (rules is null) return ShowWebhooks.NotFound(source);
        if (CheckRules.Faults(rules) is { Count: > 0 } faults) return Problem.Invalid(faults);

        var results = MapBody.Decide(source, rules, "try", body, clock.GetUtcNow());
        var fitting = results.Where(r => r.Fits).ToList();
        return TypedResults.Ok(new TriedRules(fitting.Count == 0 ? "ignored" : fitting.All(r => r.Signal is not null) ? "recorded" : "failed", results));
    }
}

/// <summary>What to try.</summary>
/// <param name="Body">As the other system would post it.</param>
/// <param name="Rules">Other rules than the webhook's; then there need be no webhook yet.</param>
public sealed record TryRulesRequest(JsonElement? Body, IReadOnlyList<MappingRule>? Rules = null);

/// <summary>What would become of it (<c>recorded</c>, <c>ignored</c> or <c>failed</c>), and what each rule makes of it.</summary>
public sealed record TriedRules(string State, IReadOnlyList<MappedSignal> Results);
