using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;

namespace AutoDev.Memento.Usage;

/// <summary>Forgets, now and again, the ids of executions after a month, and after a year the days; the totals stay, but for what never was a skill.</summary>
sealed class ForgetUsage(IDocumentStore store, TimeProvider clock, ILogger<ForgetUsage> logger)
    : ForgetRegularly("Executions", TimeSpan.FromHours(1), clock, logger)
{
    /// <summary>As many days as can be asked for.</summary>
    public const int KeptDays = 366;

    const int KeptIds = 31;

    /// <summary>Returns how many rows.</summary>
    public static async Task<int> ForgetAsync(IDocumentStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return await Delete($"{UsageTable.Counted} where counted_on < $1", today.AddDays(-KeptIds))
            + await Delete($"{UsageTable.Days} where day < $1", today.AddDays(-KeptDays))
            + await Delete(
                $"{UsageTable.Totals} t where last_used_at < $1 and not exists (select from mt_doc_skill s where s.tenant_id = t.tenant_id and s.id = t.skill)",
                now.ToUniversalTime().AddDays(-KeptDays));

        async Task<int> Delete(string what, object before)
        {
            await using var delete = new NpgsqlCommand($"delete from {what}") { Parameters = { new() { Value = before } } };
            return await session.ExecuteAsync(delete, cancellation);
        }
    }

    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => ForgetAsync(store, now, cancellation);
}
