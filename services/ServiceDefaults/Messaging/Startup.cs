using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Persistence;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Brings the service up in an order of its own: database, tables, then the bus. Whatever is not there yet is waited for, while the service
/// already answers /health/live and reports not ready.
/// </summary>
sealed class Startup(Schema schema, IBusControl bus, Broker broker, ServiceWord service, ILogger<Startup> logger) : BackgroundService
{
    bool _started, _consumes;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!_started) return;
        try
        {
            await bus.StopAsync(cancellationToken);
        }
        catch (NullReferenceException) when (!_consumes)
        {
            logger.LogInformation("{Service} ends before all of its endpoints had begun", service); // which MassTransit cannot stop
        }
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
                logger.LogWarning("{Service} waits and tries again in {Delay}: {Reason}", service, attempt.RetryDelay, attempt.Outcome.Exception is { } e ? Failure.InWords(e) : "");
                return default;
            },
        }).Build();

        await untilThere.ExecuteAsync(async cancellation => await schema.CreateAsync(cancellation), stoppingToken);
        await untilThere.ExecuteAsync(async cancellation => await ErrorQueue.DeclareAsync(broker, service.Value, cancellation), stoppingToken);
        _started = true;
        await untilThere.ExecuteAsync(async cancellation => await bus.StartAsync(cancellation), stoppingToken);
        _consumes = true;
        logger.LogInformation("{Service} consumes", service);
    }
}
