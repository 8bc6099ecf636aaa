using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Patterns that a daily limit refused fire when the limit has been reset.</summary>
sealed class RetryRefusedPatterns(IServiceProvider services, IBusControl bus, TimeProvider clock, ILogger<RetryRefusedPatterns> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await RetryDue(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning(e, "Refused patterns could not be looked through; the next look is in {Interval}", Interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task RetryDue(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await using var query = services.GetRequiredService<IDocumentStore>().QuerySession(Workspace.None);
        var due = await query.Query<FailurePattern>()
            .Where(p => p.AnyTenant() && p.State == PatternState.Open && p.NotBefore != null && p.NotBefore <= now)
            .Select(p => new { p.Id, p.AgentId, p.WorkspaceId })
            .Take(500)
            .ToListAsync(stop);
        foreach (var refused in due)
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = refused.WorkspaceId;
            var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
            await session.LockAsync(DetectPattern.LockOf(refused.AgentId), stop);
            if (await session.LoadAsync<FailurePattern>(refused.Id, stop) is not { } pattern) continue;
            await FirePattern.Now(pattern, NewId.NextGuid(), now, session, scope.ServiceProvider.GetRequiredService<IPublishEndpoint>(), stop);
            await session.SaveChangesAsync(stop);
        }
    }
}
