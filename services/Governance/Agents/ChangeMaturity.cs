using AutoDev.Contracts.Governance;
using AutoDev.Governance.Notifications;
using AutoDev.Governance.Webhooks;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Agents;

/// <summary>What every change of maturity brings with it, whoever made it.</summary>
static class ChangeMaturity
{
    /// <summary>Stores the agent; where the maturity changed, also records the decision, says it, and announces what became possible.</summary>
    public static async Task StoreAndSayAsync(
        this IDocumentSession session, IPublishEndpoint bus, Agent? before, Agent after, WorkspaceSettings settings, CancellationToken cancellation)
    {
        session.Store(after);
        if (before?.Version == after.Version) return;

        session.Store(after.Record(before));
        await bus.Publish(after.Say(), cancellation);
        foreach (var unlocked in after.Unlocked(settings))
        {
            var notification = Notification.Of(unlocked);
            session.Store(notification);
            if (settings.WebhookUrl is not null) session.Store(WebhookDelivery.Of(after.WorkspaceId, notification));
            await bus.Publish(unlocked, cancellation);
        }
    }
}
