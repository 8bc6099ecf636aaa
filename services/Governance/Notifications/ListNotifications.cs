using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Notifications;

/// <summary><c>GET /workspaces/{workspace}/notifications</c>: newest first.</summary>
static class ListNotifications
{
    public static async Task<Page<Notification>> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation)
    {
        IQueryable<Notification> notifications = session.Query<Notification>();
        if (page.BeforeId.Length > 0) notifications = notifications.Where(n => n.Id.CompareTo(page.BeforeId) < 0);
        var loaded = await notifications.OrderByDescending(n => n.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, n => n.At, n => n.Id, n => n);
    }
}
