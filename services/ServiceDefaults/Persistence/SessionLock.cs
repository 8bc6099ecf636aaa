using Marten;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>Exact decisions under concurrency: whoever holds the key goes first, on every instance.</summary>
public static class SessionLock
{
    /// <summary>
    /// Begins the session's transaction and waits until no other transaction of this store holds <paramref name="key"/>; released by its commit or
    /// rollback. What is loaded afterwards is what the one before committed. Keys are scoped to the session's tenant; two keys may share a lock by
    /// accident of hashing, which costs time but never correctness.
    /// </summary>
    public static async Task LockAsync(this IDocumentSession session, string key, CancellationToken cancellation)
    {
        await session.BeginTransactionAsync(cancellation);
        await session.AdvancedSql.QueryAsync<bool>(
            "select pg_advisory_xact_lock(hashtextextended(?, 0)) is not null", cancellation, $"{session.TenantId}/{key}");
    }
}
