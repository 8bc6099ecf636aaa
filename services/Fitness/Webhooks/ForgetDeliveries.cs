using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;

namespace AutoDev.Fitness.Webhooks;

/// <summary>Forgets, now and again, deliveries that nobody will replay any more. The signals that they made stay, and with them that they came.</summary>
sealed class ForgetDeliveries(IDocumentStore store, TimeProvider clock, ILogger<ForgetDeliveries> logger)
    : ForgetRegularly("Deliveries", TimeSpan.FromHours(1), clock, logger)
{
    /// <summary>How long they are kept.</summary>
    public const int KeptDays = 30;

    /// <summary>Returns how many.</summary>
    public static async Task<int> ForgetAsync(IDocumentStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        await using var delete = new NpgsqlCommand("delete from mt_doc_receiveddelivery where sort_key < $1")
        {
            Parameters = { new() { Value = PageRequest.SortKeyOf(now.AddDays(-KeptDays), "") } },
        };
        return await session.ExecuteAsync(delete, cancellation);
    }

    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => ForgetAsync(store, now, cancellation);
}
