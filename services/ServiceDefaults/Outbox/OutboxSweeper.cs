using System.Diagnostics;
using AutoDev.ServiceDefaults.Messaging;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// Delivers what was left behind in the table: by a process that died, while the broker was away, or because memory was full. Runs in every instance. What fails
/// by its own fault has a loop of its own, so that the rest need not wait for it. Also measures the table, and forgets what was consumed long ago.
/// </summary>
sealed class OutboxSweeper(
    Lazy<OutboxSender> sender, OutboxDelivery delivery, OutboxTable table, OutboxMetrics metrics, SaidCounters counters, IOptions<OutboxOptions> settings, ILogger<OutboxSweeper> logger) : BackgroundService
{
    const int FailingAtOnce = 50;
    static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(10);

    readonly OutboxOptions _options = settings.Value;
    long? _swept;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        metrics.Begin();
        counters.Begin();
        await Task.WhenAll(
            Every(_options.SweepInterval, SweepWhatMayBeLeft, stoppingToken),
            Every(_options.SweepInterval, cancellation => Sweep(failing: true, FailingAtOnce, cancellation), stoppingToken),
            Every(_options.MeasureInterval, Measure, stoppingToken),
            Every(ForgetInterval, cancellation => table.ForgetInboxAsync(_options.InboxRetention, cancellation), stoppingToken));
    }

    // A look for nothing walks over all that is just being delivered, and that is most when there is most to do.
    async Task SweepWhatMayBeLeft(CancellationToken stop)
    {
        if (!sender.Value.BrokerIsThere || (!delivery.MayHaveLeftSome && _swept is { } last && Stopwatch.GetElapsedTime(last) < _options.Lease / 2)) return;
        _swept = null;
        await Sweep(failing: false, _options.SweepLimit, stop);
        if (sender.Value.BrokerIsThere) _swept = Stopwatch.GetTimestamp();
    }

    async Task Sweep(bool failing, int limit, CancellationToken stop)
    {
        var last = Guid.Empty;
        while (!stop.IsCancellationRequested && sender.Value.BrokerIsThere)
        {
            var (taken, reached) = await SweepOnce(failing, last, limit);
            if (taken == 0) return;
            last = reached; // what was passed over, or failed, waits for the next tick
        }
    }

    // Runs to its end also when the service stops: what the broker has confirmed is deleted, not sent again by the next process.
    async Task<(int Taken, Guid Reached)> SweepOnce(bool failing, Guid after, int limit)
    {
        await using var connection = await table.OpenAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();
        var rows = await table.TakeAsync(connection, failing, after, limit);
        if (rows.Count == 0) return (0, after);

        var settlements = await Task.WhenAll(rows.GroupBy(row => row.Transaction).Select(async group =>
        {
            var members = group.ToList();
            var sent = await sender.Value.SendInOrder([.. members.Select(row => row.Message)], CancellationToken.None);
            metrics.Swept.Add(sent.Confirmed.Count);
            return sent.Error is not { } error
                ? new Settlement(group.Key)
                : new(group.Key, [.. sent.Confirmed.Select(i => members[i].Position)], sender.Value.BrokerIsThere ? error.Message : null);
        }));
        await table.SettleAsync(connection, settlements, _options.LongestBackoff);
        await transaction.CommitAsync();

        return (rows.Count, rows[^1].Transaction);
    }

    async Task Measure(CancellationToken stop) => metrics.Backlog = await table.MeasureAsync(stop);

    /// <summary>Does it now and again. What fails is done next time; an outage is told once, not at every tick.</summary>
    async Task Every(TimeSpan interval, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval);
        var failed = false;
        do
        {
            try
            {
                await work(stop);
                failed = false;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                if (!failed) logger.LogWarning("The outbox could not {Work} and tries again: {Reason}", work.Method.Name, e.Message);
                failed = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
