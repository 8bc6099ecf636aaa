using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Webhooks;

/// <summary>An administrator makes, changes and removes what other systems may post to.</summary>
static class ChangeWebhook
{
    public static RouteHandlerBuilder MapPut(IEndpointRouteBuilder routes) => routes.MapPut("/webhooks/{source}", Put)
        .WithSummary("Make a webhook, or give it other rules; a new one's secret is shown once").Produces<WebhookView>().Produces<WebhookView>(201)
        .ProducesProblem(400).RequireKnownWorkspace();

    public static RouteHandlerBuilder MapSecret(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{source}/secret", Rotate)
        .WithSummary("A new secret, shown once; the one before is taken along for 24 hours").Produces<WebhookView>().ProducesProblem(404)
        .RequireKnownWorkspace();

    public static RouteHandlerBuilder MapDelete(IEndpointRouteBuilder routes) => routes.MapDelete("/webhooks/{source}", Delete)
        .WithSummary("Remove a webhook; what it brought stays").Produces(204).ProducesProblem(404).RequireKnownWorkspace();

    static async Task<IResult> Put(
        string source, WebhookRequest request, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, HttpResponse response,
        TimeProvider clock, CancellationToken cancellation)
    {
        var faults = CheckRules.Faults(request.Rules);
        if (!WebhookSource.IsName(source)) faults["source"] = "A source's name must have 1 to 40 lower-case letters, digits, _ and -.";
        if (Reason.Fault(request.Reason, isRequired: false) is { } fault) faults["reason"] = fault;
        if (faults.Count > 0) return Problem.Invalid(faults);

        var now = clock.GetUtcNow();
        var before = await LoadAsync(session, source, cancellation);
        var after = before is null
            ? new WebhookSource
            {
                Id = source, Rules = request.Rules!, Key = WebhookSource.NewKey(), KeyIssuedAt = now, ChangedBy = caller.Actor(), ChangedAt = now,
            }
            : before with { Rules = request.Rules!, ChangedBy = caller.Actor(), ChangedAt = now };
        session.Store(after);
        await SayAsync(before is null ? "webhook_made" : "webhook_changed", after, before?.Rules, after.Rules, request.Reason, caller, session, bus, now,
            cancellation);
        if (before is not null) return TypedResults.Ok(WebhookView.Of(after, session.TenantId));

        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(WebhookView.PathOf(after, session.TenantId), WebhookView.Of(after, session.TenantId, showSecret: true));
    }

    static async Task<IResult> Rotate(
        string source, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, HttpResponse response, TimeProvider clock,
        CancellationToken cancellation, string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        if (await LoadAsync(session, source, cancellation) is not { } before) return ShowWebhooks.NotFound(source);

        var now = clock.GetUtcNow();
        var after = before.Rotate(WebhookSource.NewKey(), caller.Actor(), now);
        session.Store(after);
        await SayAsync(
            "webhook_secret_issued", after, new { issued_at = before.KeyIssuedAt }, new { issued_at = after.KeyIssuedAt }, reason, caller, session, bus, now,
            cancellation);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(WebhookView.Of(after, session.TenantId, showSecret: true));
    }

    static async Task<IResult> Delete(
        string source, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation,
        string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        if (await LoadAsync(session, source, cancellation) is not { } before) return ShowWebhooks.NotFound(source);

        session.Delete(before);
        await SayAsync("webhook_removed", before, before.Rules, null, reason, caller, session, bus, clock.GetUtcNow(), cancellation);
        return TypedResults.NoContent();
    }

    static async Task<WebhookSource?> LoadAsync(IDocumentSession session, string source, CancellationToken cancellation)
    {
        await session.LockAsync($"webhook/{source}", cancellation);
        return await session.LoadAsync<WebhookSource>(source, cancellation);
    }

    static async Task SayAsync(
        string action, WebhookSource source, object? before, object? after, string? reason, ClaimsPrincipal caller, IDocumentSession session,
        IPublishEndpoint bus, DateTimeOffset now, CancellationToken cancellation)
    {
        await bus.SayDecisionAsync(session.TenantId, caller.Actor(), action, $"webhook:{source.Id}", reason, before, after, now, cancellation);
        await session.SaveChangesAsync(cancellation);
    }
}

/// <summary>A webhook's rules.</summary>
/// <param name="Rules">1 to 20; every one that fits makes a signal.</param>
/// <param name="Reason">Why, where somebody says so.</param>
public sealed record WebhookRequest(IReadOnlyList<MappingRule>? Rules, string? Reason = null);
