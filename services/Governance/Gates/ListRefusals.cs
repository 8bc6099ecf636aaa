using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Gates;

/// <summary><c>GET /workspaces/{workspace}/refusals?agent=</c>: what the gates refused, the last refused first.</summary>
static class ListRefusals
{
    public static async Task<Page<Refusals>> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation, string? agent = null)
    {
        IQueryable<Refusals> refusals = session.Query<Refusals>();
        if (agent is not null) refusals = refusals.Where(r => r.AgentId == agent);
        if (page.BeforeId.Length > 0)
        {
            refusals = refusals.Where(r =>
                r.LastAt < page.Before || (r.LastAt == page.Before && r.Id.CompareTo(page.BeforeId) < 0));
        }

        var loaded = await refusals.OrderByDescending(r => r.LastAt).ThenByDescending(r => r.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, r => r.LastAt, r => r.Id, r => r);
    }
}
