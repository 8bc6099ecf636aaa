using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// Delivers what was just committed, from memory. What it cannot hold, or cannot deliver within its lease, stays in the table for the <see cref="OutboxSweeper"/>.
/// At least once; the consumers' inbox drops the second.
/// </summary>
sealed class OutboxDelivery(Lazy<OutboxSender> sender, OutboxTable table, IOptions<OutboxOptions> settings, ILogger<OutboxDelivery> logger) : BackgroundService
{
    const int SettledAtOnce = 2000;
    static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);
    static readonly TimeSpan WatchForReturn = TimeSpan.FromMilliseconds(50); // until then every commit is left to the sweeper
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    readonly OutboxOptions _options = settings.Value;
    readonly Channel<OutboxTransaction> _committed = Channel.CreateUnbounded<OutboxTransaction>();
    readonly Channel<Settlement> _settled = Channel.CreateUnbounded<Settlement>(new() { SingleReader = true });
    Task _delivering = Task.CompletedTask, _settling = Task.CompletedTask;
    long _bytes, _left = Stopwatch.GetTimestamp(); // a process that was here before may have left some
    volatile bool _brokerIsThere, _stopping;

    /// <summary>For how long rows that are about to be committed are this process's; zero while it does not deliver, so that the sweeper need not wait.</summary>
    public TimeSpan Lease => _brokerIsThere && !_stopping ? _options.Lease : TimeSpan.Zero;

    /// <summary>Whether some may lie in the table, due by now, that are in nobody's memory: until a lease has passed since any was left there.</summary>
    public bool MayHaveLeftSome => Stopwatch.GetElapsedTime(Volatile.Read(ref _left)) < _options.Lease + _options.SweepInterval;

    /// <summary>Takes over one transaction's messages, or leaves them in the table.</summary>
    public void Enqueue(OutboxTransaction transaction)
    {
        if (transaction.LeasedUntil > 0)
        {
            var bytes = transaction.Bytes;
            if (Interlocked.Add(ref _bytes, bytes) <= _options.MemoryLimit && _committed.Writer.TryWrite(transaction)) return;
            Interlocked.Add(ref _bytes, -bytes);
        }

        Leave();
    }

    /// <summary>Hosted services stop in reverse order, and the bus was started first: it is still up while the rest goes out.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _committed.Writer.TryComplete();
        await Task.WhenAny(_delivering, Task.Delay(LastWords, cancellationToken));
        _settled.Writer.TryComplete();
        await Task.WhenAny(_settling, Task.Delay(LastWords, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _settling = Settle(stoppingToken);
        _delivering = Task.WhenAll(Enumerable.Range(0, _options.Concurrency).Select(_ => Task.Run(() => DeliverCommitted(stoppingToken), stoppingToken)));
        while (!stoppingToken.IsCancellationRequested)
        {
            _brokerIsThere = sender.Value.BrokerIsThere;
            await Task.Delay(_brokerIsThere ? Watch : WatchForReturn, stoppingToken);
        }
    }

    async Task DeliverCommitted(CancellationToken stop)
    {
        await foreach (var transaction in _committed.Reader.ReadAllAsync(stop))
        {
            var isDelivered = false;
            try
            {
                // Later, a sweeper of any instance could have taken it before the broker answers.
                if (transaction.LeaseLeft < _options.SendTimeout || !_brokerIsThere) continue;
                var sent = await sender.Value.SendInOrder(transaction.Messages, stop);
                if (sent.Error is null) isDelivered = _settled.Writer.TryWrite(new(transaction.Id));
                else _settled.Writer.TryWrite(new(transaction.Id, [.. sent.Confirmed], sender.Value.BrokerIsThere && !stop.IsCancellationRequested ? sent.Error.Message : null));
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                logger.LogError(e, "Transaction {Transaction} is left to the sweeper", transaction.Id);
            }
            finally
            {
                Interlocked.Add(ref _bytes, -transaction.Bytes);
                if (!isDelivered) Leave();
            }
        }
    }

    void Leave() => Volatile.Write(ref _left, Stopwatch.GetTimestamp());

    async Task Settle(CancellationToken stop)
    {
        var settled = new List<Settlement>();
        while (await _settled.Reader.WaitToReadAsync(stop))
        {
            await Task.Delay(_options.DeleteDelay, stop);
            while (settled.Count < SettledAtOnce && _settled.Reader.TryRead(out var settlement)) settled.Add(settlement);
            await UntilDone(() => table.SettleAsync(settled, _options.LongestBackoff, stop), stop);
            settled.Clear();
        }
    }

    // While the database is away nothing is committed, and so what waits here does not grow.
    async Task UntilDone(Func<Task> work, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("Delivered messages could not be deleted yet: {Reason}", e.Message);
                await Task.Delay(Watch, stop);
            }
        }
    }
}
