using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>Counts the dead letters that wait for a decision, for the gauge and for the service's health: it is ready all the same, and says so.</summary>
sealed class WatchLetters(IDocumentStore store, TimeProvider clock, ILogger<WatchLetters> logger) : BackgroundService, IHealthCheck
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    volatile int _waiting;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(_waiting == 0
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Degraded($"{_waiting} dead letters wait for a decision: GET dead-letters"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var session = store.QuerySession(Workspace.None);
                _waiting = await session.Query<DeadLetter>().CountAsync(l => l.AnyTenant() && l.State == DeadLetterState.Dead, stoppingToken);
                FailureMetrics.Waiting.Record(_waiting);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogDebug("Dead letters could not be counted: {Reason}", Failure.InWords(e)); // the store's own check tells that it is away
            }
        }
    }
}
