using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Webhooks;

/// <summary><c>GET /workspaces/{workspace}/webhook-deliveries?state=</c>: newest first.</summary>
static class ListDeliveries
{
    public static async Task<IResult> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation, string? state = null)
    {
        // Ids begin with the time, as notifications' do.
        IQueryable<WebhookDelivery> deliveries = session.Query<WebhookDelivery>();
        if (page.BeforeId.Length > 0) deliveries = deliveries.Where(d => d.Id.CompareTo(page.BeforeId) < 0);
        if (state is not null)
        {
            if (!Enum.TryParse<DeliveryState>(state, ignoreCase: true, out var wanted))
                return Problem.Invalid("state", "state must be pending, delivered or failed.");
            deliveries = deliveries.Where(d => d.State == wanted);
        }

        var loaded = await deliveries.OrderByDescending(d => d.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, d => d.CreatedAt, d => d.Id, d => d));
    }
}
