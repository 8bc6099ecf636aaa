using AutoDev.ServiceDefaults.Messaging;
using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>Ready when the database answers.</summary>
sealed class StoreHealth(IDocumentStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = store.Storage.Database.CreateConnection();
            await connection.OpenAsync(cancellationToken);
            await using var select = new NpgsqlCommand("select 1", connection);
            await select.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e)
        {
            return HealthCheckResult.Unhealthy($"The database does not answer: {Failure.InWords(e)}", e);
        }
    }
}
