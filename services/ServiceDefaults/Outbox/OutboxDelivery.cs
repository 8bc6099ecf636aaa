using System.Threading.Channels;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// Delivers committed messages: at once from memory, or swept from the table when the process died, the broker was away or memory was full.
/// At least once; the consumers' inbox drops the second.
/// </summary>
sealed class OutboxDelivery(IServiceProvider services, IOptions<OutboxOptions> settings, ILogger<OutboxDelivery> logger) : BackgroundService
{
    readonly OutboxOptions _options = settings.Value;
    readonly Channel<List<OutboxMessage>> _committed = Channel.CreateBounded<List<OutboxMessage>>(settings.Value.Capacity);
    readonly Channel<long> _delivered = Channel.CreateUnbounded<long>();
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    NpgsqlDataSource _database = null!;
    string _schema = "";
    IBusControl _bus = null!;
    long _inFlight;
    volatile bool _stopping;

    /// <summary>Takes over one transaction's messages. Full: they stay in the table, and the sweeper has them.</summary>
    public void Enqueue(List<OutboxMessage> messages)
    {
        Interlocked.Add(ref _inFlight, messages.Count);
        if (!_committed.Writer.TryWrite(messages)) Settle(messages.Count);
    }

    /// <summary>Hosted services stop in reverse order, and the bus was started first: it is still up while the rest goes out.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        Settle(0);
        await _drained.Task.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
        await base.StopAsync(cancellationToken);
        if (_database is not null) await _database.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        _bus = services.GetRequiredService<IBusControl>();
        _schema = services.GetRequiredService<IDocumentStore>().Options.DatabaseSchemaName;

        // Without the option a plan made while the table was empty keeps scanning it.
        _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(services.GetRequiredService<StoreConnection>().ConnectionString)
        {
            MinPoolSize = 0, MaxPoolSize = 3, Options = "-c enable_seqscan=off", ApplicationName = "outbox", MaxAutoPrepare = 10,
        });

        await _bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        var loops = Enumerable.Range(0, _options.Concurrency).Select(_ => Forever(DeliverCommitted, stoppingToken))
            .Append(Forever(DeleteDelivered, stoppingToken))
            .Append(Forever(Sweep, stoppingToken))
            .Append(Forever(ForgetInbox, stoppingToken));
        await Task.WhenAll(loops);
    }

    async Task DeliverCommitted(CancellationToken stop)
    {
        await foreach (var transaction in _committed.Reader.ReadAllAsync(stop))
        {
            foreach (var message in transaction)
            {
                if (!await TryDeliver(message, stop)) break; // in order within a transaction: the rest of it is the sweeper's
                _delivered.Writer.TryWrite(message.Sequence);
            }

            Settle(transaction.Count);
        }
    }

    void Settle(int count)
    {
        if (Interlocked.Add(ref _inFlight, -count) <= 0 && _stopping) _drained.TrySetResult();
    }

    async Task<bool> TryDeliver(OutboxMessage message, CancellationToken stop)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
            timeout.CancelAfter(_options.SendTimeout);
            var endpoint = await _bus.GetSendEndpoint(new Uri(message.Destination));
            await endpoint.Send(new SerializedMessageBody(), new StoredHeaders(message), timeout.Token); // returns on the broker's confirm
            OutboxMetrics.Delivered.Add(1);
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            OutboxMetrics.Failed.Add(1);
            logger.LogWarning(e, "Message {MessageId} to {Destination} was not delivered and will be tried again", message.MessageId, message.Destination);
            return false;
        }
    }

    // Losing a deletion only sends a message again, which the inbox then drops: it needs no flush of its own.
    async Task DeleteDelivered(CancellationToken stop)
    {
        var gone = new List<long>();
        while (await _delivered.Reader.WaitToReadAsync(stop))
        {
            await Task.Delay(_options.DeleteDelay, stop);
            while (gone.Count < 5000 && _delivered.Reader.TryRead(out var sequence)) gone.Add(sequence);
            await using var batch = _database.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("set local synchronous_commit to off"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"delete from {_schema}.{OutboxTables.Outbox} where seq = any($1)") { Parameters = { new() { Value = gone.ToArray() } } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            await batch.ExecuteNonQueryAsync(stop);
            gone.Clear();
        }
    }

    async Task Sweep(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_options.SweepInterval);
        do
        {
            await _bus.WaitForHealthStatus(BusHealthStatus.Healthy, stop);
            while (await SweepOnce(stop) == _options.SweepLimit)
            {
                // a full sweep means that there is more
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    /// <returns>The number of messages delivered; 0 too when any failed, so that the next sweep waits for its turn.</returns>
    async Task<int> SweepOnce(CancellationToken stop)
    {
        await using var connection = await _database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var left = await LeftBehind(connection, transaction, stop);
        if (left.Count == 0) return 0;

        var delivered = await Task.WhenAll(left.Select(message => TryDeliver(message, stop)));
        await using var delete = new NpgsqlCommand($"delete from {_schema}.{OutboxTables.Outbox} where seq = any($1)", connection, transaction)
        {
            Parameters = { new() { Value = left.Where((_, i) => delivered[i]).Select(m => m.Sequence).ToArray() } },
        };
        await delete.ExecuteNonQueryAsync(stop);
        await transaction.CommitAsync(stop);
        OutboxMetrics.Swept.Add(delivered.Count(d => d));
        return delivered.All(d => d) ? left.Count : 0;
    }

    async Task<List<OutboxMessage>> LeftBehind(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken stop)
    {
        await using var select = new NpgsqlCommand(
            $"""
             select seq, message_id, destination, content_type, headers, body from {_schema}.{OutboxTables.Outbox}
             where created <= now() - $1 order by seq limit $2 for update skip locked
             """, connection, transaction)
        {
            Parameters = { new() { Value = _options.SweepAge }, new() { Value = _options.SweepLimit } },
        };
        await using var reader = await select.ExecuteReaderAsync(stop);
        var left = new List<OutboxMessage>();
        while (await reader.ReadAsync(stop))
        {
            left.Add(new OutboxMessage
            {
                Sequence = reader.GetInt64(0), MessageId = reader.GetGuid(1), Destination = reader.GetString(2),
                ContentType = reader.GetString(3), Headers = reader.GetString(4), Body = reader.GetFieldValue<byte[]>(5),
            });
        }

        return left;
    }

    async Task ForgetInbox(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        do
        {
            await using var delete = _database.CreateCommand($"delete from {_schema}.{OutboxTables.Inbox} where received < now() - $1");
            delete.Parameters.Add(new() { Value = _options.InboxRetention });
            await delete.ExecuteNonQueryAsync(stop);
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    async Task Forever(Func<CancellationToken, Task> loop, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await loop(stop);
                return;
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(e, "The outbox loop {Loop} failed and starts again", loop.Method.Name);
                await Task.Delay(TimeSpan.FromSeconds(1), stop).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
    }
}
