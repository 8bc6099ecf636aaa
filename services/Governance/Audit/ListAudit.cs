using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace AutoDev.Governance.Audit;

/// <summary>
/// <c>GET /workspaces/{workspace}/audit</c>: every decision, newest first; <c>GET /audit</c>: those about the whole installation. Filters: <c>subject</c>,
/// <c>actor</c>, <c>kind</c> (the action), and <c>from</c> (included) and <c>to</c> (excluded) in ISO 8601.
/// </summary>
static class ListAudit
{
    public static Task<Page<AuditEntry>> Handle([AsParameters] AuditFilter filter, IQuerySession session, PageRequest page, CancellationToken cancellation) =>
        PageAsync(session, page, filter, cancellation);

    /// <summary>One page of what fits.</summary>
    public static async Task<Page<AuditEntry>> PageAsync(IQuerySession session, PageRequest page, AuditFilter filter, CancellationToken cancellation)
    {
        var entries = filter.Apply(session.Query<AuditEntry>());
        if (page.BeforeId.Length > 0) entries = entries.Where(e => e.Id.CompareTo(page.BeforeId) < 0);
        var loaded = await entries.OrderByDescending(e => e.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, e => e.At, e => e.Id, e => e);
    }
}

/// <summary>What an entry must be to be listed; what is <c>null</c> does not matter.</summary>
sealed record AuditFilter(
    string? Subject = null, string? Actor = null, [property: FromQuery(Name = "kind")] string? Action = null, DateTimeOffset? From = null,
    DateTimeOffset? To = null)
{
    public IQueryable<AuditEntry> Apply(IQueryable<AuditEntry> entries)
    {
        if (Subject is not null) entries = entries.Where(e => e.Subject == Subject);
        if (Actor is not null) entries = entries.Where(e => e.Actor == Actor);
        if (Action is not null) entries = entries.Where(e => e.Action == Action);
        if (From is { } from) entries = entries.Where(e => e.At >= from.ToUniversalTime());
        if (To is { } to) entries = entries.Where(e => e.At < to.ToUniversalTime());
        return entries;
    }
}
