using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Keys;

/// <summary><c>GET /workspaces/{workspace}/api-keys</c>: newest first, revoked ones too.</summary>
static class ListKeys
{
    public static async Task<Page<KeyView>> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation)
    {
        IQueryable<IssuedKey> keys = session.Query<IssuedKey>();
        if (page.BeforeId.Length > 0)
        {
            keys = keys.Where(k =>
                k.CreatedAt < page.Before || (k.CreatedAt == page.Before && k.Id.CompareTo(page.BeforeId) < 0));
        }

        var loaded = await keys.OrderByDescending(k => k.CreatedAt).ThenByDescending(k => k.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        var used = (await session.LoadManyAsync<KeyUse>(cancellation, loaded.Select(k => k.Id))).ToDictionary(u => u.Id, u => (DateTimeOffset?)u.LastAt, StringComparer.Ordinal);
        return page.Of(loaded, k => k.CreatedAt, k => k.Id, k => new KeyView(
            k.Id, k.Name, k.Role, k.CreatedAt, k.CreatedBy, k.RevokedAt is not null, k.RevokedAt, k.RevokedBy, used.GetValueOrDefault(k.Id)));
    }
}

/// <summary>A key as it is listed: its public part alone. The last use is known to about a minute; <c>null</c> where there was none.</summary>
sealed record KeyView(
    string KeyId, string Name, string Role, DateTimeOffset CreatedAt, string CreatedBy, bool Revoked, DateTimeOffset? RevokedAt, string? RevokedBy,
    DateTimeOffset? LastUsedAt);
