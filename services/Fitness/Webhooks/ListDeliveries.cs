using System.Text.Json;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Webhooks;

/// <summary>What came, and what became of it.</summary>
static class ListDeliveries
{
    public static RouteHandlerBuilder MapAll(IEndpointRouteBuilder routes) => routes.MapGet("/webhooks/{source}/deliveries", All)
        .WithSummary("What came to a webhook, newest first").Produces<Page<DeliveryItem>>().ProducesProblem(400).RequireKnownWorkspace();

    public static RouteHandlerBuilder MapOne(IEndpointRouteBuilder routes) => routes.MapGet("/webhooks/{source}/deliveries/{id}", One)
        .WithSummary("One delivery with its body").Produces<DeliveryView>().ProducesProblem(404).RequireKnownWorkspace();

    public static IResult NotFound(string source, string id) => Problem.NotFound($"Nothing with the webhook-id '{id}' is kept of '{source}'.");

    static async Task<IResult> All(string source, PageRequest page, IQuerySession session, CancellationToken cancellation, string? state = null)
    {
        if (state is not null && !ReceivedDelivery.States.Contains(state))
            return Problem.Invalid("state", $"state must be one of {string.Join(", ", ReceivedDelivery.States)}.");

        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        IQueryable<ReceivedDelivery> deliveries = session.Query<ReceivedDelivery>().Where(d => d.Source == source && string.Compare(d.SortKey, before) < 0);
        if (state is not null) deliveries = deliveries.Where(d => d.State == state);
        var found = await deliveries.OrderByDescending(d => d.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, d => d.ReceivedAt, d => d.Id, DeliveryItem.Of));
    }

    static async Task<IResult> One(string source, string id, IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<ReceivedDelivery>(ReceivedDelivery.IdOf(source, id), cancellation) is { } delivery
            ? TypedResults.Ok(DeliveryView.Of(delivery)) : NotFound(source, id);
}

/// <summary>One line of the list; <c>id</c> is the sender's <c>webhook-id</c>.</summary>
public sealed record DeliveryItem(string Id, DateTimeOffset ReceivedAt, string State, IReadOnlyList<DeliveredSignal> Signals, int Replays)
{
    internal static DeliveryItem Of(ReceivedDelivery delivery) =>
        new(delivery.WebhookId, delivery.ReceivedAt, delivery.State, delivery.Signals, delivery.Replays);
}

/// <summary>A delivery with its body.</summary>
public sealed record DeliveryView(string Id, DateTimeOffset ReceivedAt, string State, IReadOnlyList<DeliveredSignal> Signals, int Replays, JsonElement Body)
{
    internal static DeliveryView Of(ReceivedDelivery delivery) =>
        new(delivery.WebhookId, delivery.ReceivedAt, delivery.State, delivery.Signals, delivery.Replays, JsonElement.Parse(delivery.Body));
}
