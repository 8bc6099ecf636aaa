using JasperFx;
using Marten;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.Retry;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Brings the service up in an order of its own: database, tables, then the bus. Whatever is not there yet is waited for, while the service
/// already answers /health/live and reports not ready.
/// </summary>
sealed class Startup(IDocumentStore store, IBusControl bus, IConfiguration configuration, ServiceWord service, ILogger<Startup> logger)
    : BackgroundService
{
    bool _started;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_started) await bus.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var untilThere = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(200),
            MaxDelay = TimeSpan.FromSeconds(5),
            UseJitter = true,
            OnRetry = attempt =>
            {
                logger.LogWarning("The database is not there yet ({Reason}), trying again in {Delay}", attempt.Outcome.Exception?.Message, attempt.RetryDelay);
                return default;
            },
        }).Build();

        await untilThere.ExecuteAsync(async cancellation => await CreateDatabase(cancellation), stoppingToken);
        await untilThere.ExecuteAsync(async _ => await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate), stoppingToken);
        _started = true;
        await bus.StartAsync(stoppingToken);
        logger.LogInformation("{Service} consumes", service);
    }

    async Task CreateDatabase(CancellationToken cancellation)
    {
        using var template = store.Storage.Database.CreateConnection();
        var name = template.Database;
        var server = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("postgres")) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(cancellation) is not null) return;
        try
        {
            await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            logger.LogDebug("Another instance made {Database} first", name);
        }
    }
}
