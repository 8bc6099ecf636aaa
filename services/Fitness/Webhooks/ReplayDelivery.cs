using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Webhooks;

/// <summary>
/// <c>POST /workspaces/{workspace}/webhooks/{source}/deliveries/{id}/replay</c>: what the webhook's rules make of it now. Signals that it made before stay: one
/// that comes out the same is a duplicate, one that comes out otherwise a conflict.
/// </summary>
static class ReplayDelivery
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{source}/deliveries/{id}/replay", Handle)
        .WithSummary("Try a delivery again, by the rules as they are now").Produces<DeliveryView>().ProducesProblem(404).RequireKnownWorkspace();

    static async Task<IResult> Handle(
        string source, string id, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        await session.LockAsync($"delivery/{ReceivedDelivery.IdOf(source, id)}", cancellation);
        if (await session.LoadAsync<WebhookSource>(source, cancellation) is not { } known) return ShowWebhooks.NotFound(source);
        if (await session.LoadAsync<ReceivedDelivery>(ReceivedDelivery.IdOf(source, id), cancellation) is not { } before)
            return ListDeliveries.NotFound(source, id);

        var now = clock.GetUtcNow();
        var after = await (before with { Replays = before.Replays + 1 }).MapAsync(known, session, bus, now, cancellation);
        session.Store(after);
        await bus.SayDecisionAsync(
            session.TenantId, caller.Actor(), "webhook_delivery_replayed", $"webhook:{source}/{id}", null, new { before.State }, new { after.State }, now,
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(DeliveryView.Of(after));
    }
}
