using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;

namespace AutoDev.Fitness.Outcomes;

/// <summary>Forgets, now and again, outcomes that are older than any that can be asked for.</summary>
sealed class ForgetOutcomes(IDocumentStore store, TimeProvider clock, ILogger<ForgetOutcomes> logger)
    : ForgetRegularly("Outcomes", TimeSpan.FromHours(1), clock, logger)
{
    /// <summary>As many days as can be asked for.</summary>
    public const int KeptDays = 90;

    /// <summary>Returns how many.</summary>
    public static async Task<int> ForgetAsync(IDocumentStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        await using var delete = new NpgsqlCommand($"delete from {OutcomeTable.Name} where recorded_at < $1")
        {
            Parameters = { new() { Value = now.ToUniversalTime().AddDays(-KeptDays - 1) } },
        };
        return await session.ExecuteAsync(delete, cancellation);
    }

    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => ForgetAsync(store, now, cancellation);
}
