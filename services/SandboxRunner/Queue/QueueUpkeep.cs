using AutoDev.SandboxRunner.Engine;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Once a second: frees what dead instances left, ends what waited too long for an engine, says how far the runs are, counts.</summary>
sealed class QueueUpkeep(
    RequestQueue queue, RequestRunner runner, InstancePresence presence, EngineWatch engine, LiveRequests live, QueueSignal signal, SandboxPool pool, IBusControl bus,
    IOptions<SandboxOptions> options, TimeProvider clock, ILogger<QueueUpkeep> logger) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await presence.IsHeldAsync(stoppingToken);
                await FreeLostAsync(stoppingToken);
                await TellAsync(stoppingToken);
                await EndOverdueAsync(stoppingToken);
                var (waiting, running, oldest) = await queue.CountAsync(stoppingToken);
                QueueMetrics.Counted(waiting, running, oldest);
                var (warm, idle, all) = pool.Count();
                QueueMetrics.Pool(warm, idle, all);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Looking after the queue failed: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task FreeLostAsync(CancellationToken stop)
    {
        if (await queue.FreeForgottenAsync(presence.Key, [.. live.All.Select(r => r.Number)], stop) > 0) signal.Wake();
        var lost = await queue.FreeLostAsync(stop);
        if (lost == 0) return;
        logger.LogWarning("{Count} requests are run again: the instance that ran them is gone", lost);
        QueueMetrics.LostOnes(lost);
        signal.Wake();
    }

    async Task TellAsync(CancellationToken stop)
    {
        var running = live.All;
        if (running.Count > 0) await queue.TellAsync([.. running.Select(r => r.Number)], [.. running.Select(r => r.Done)], stop);
    }

    /// <summary>What no engine has even been asked for yet: the others are ended when their own next try fails.</summary>
    async Task EndOverdueAsync(CancellationToken stop)
    {
        var longest = TimeSpan.FromSeconds(options.Value.UnavailableSeconds);
        while (engine.Trouble is { } trouble && clock.GetUtcNow() - trouble.Since >= longest && !await presence.IsAnyAbleAsync(stop)
            && await queue.ClaimOverdueAsync(presence.Key, longest, stop) is { } overdue)
            await runner.EndUnavailableAsync(overdue, trouble.Reason, stop);
    }
}
