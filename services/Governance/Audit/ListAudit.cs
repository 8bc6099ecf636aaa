using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Audit;

/// <summary><c>GET /workspaces/{workspace}/audit?subject=</c>: every decision, newest first.</summary>
static class ListAudit
{
    public static Task<Page<AuditEntry>> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation, string? subject = null) =>
        PageAsync(session, page, subject, cancellation);

    /// <summary>One page, of one subject where it is given.</summary>
    public static async Task<Page<AuditEntry>> PageAsync(IQuerySession session, PageRequest page, string? subject, CancellationToken cancellation)
    {
        IQueryable<AuditEntry> entries = session.Query<AuditEntry>();
        if (subject is not null) entries = entries.Where(e => e.Subject == subject);
        if (page.BeforeId.Length > 0) entries = entries.Where(e => e.Id.CompareTo(page.BeforeId) < 0);
        var loaded = await entries.OrderByDescending(e => e.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, e => e.At, e => e.Id, e => e);
    }
}
