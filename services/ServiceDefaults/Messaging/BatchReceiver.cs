using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Reads one queue of the ingest exchange by the broker's own client: as many messages as are there, up to <see cref="Most"/>, are one transaction and one
/// acknowledgement, in a few lanes side by side. An acknowledgement for each costs the broker more than everything else that happens to a small message.
/// </summary>
sealed class BatchReceiver<TConsumer>(
    BatchQueue queue, IServiceProvider services, IBusControl bus, ServiceWord service, FailedMessage failed, ILogger<BatchReceiver<TConsumer>> logger)
    : BackgroundService, IHealthCheck
    where TConsumer : class, IBatchConsumer
{
    const int Most = 500;

    // While one waits for its commit the others work.
    const int Lanes = 3;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    volatile bool _isConsuming;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isConsuming ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{queue.Name} is not consumed"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken); // the tables are made, and the queues for what fails are declared
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Receive(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // What was not acknowledged comes again.
                logger.LogWarning("{Queue} is read again in {Pause}: {Reason}", queue.Name, Pause, e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }

    async Task Receive(CancellationToken stop)
    {
        await using var connection = await queue.Broker.Factory($"{service} {queue.Name}").CreateConnectionAsync(stop);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        await queue.DeclareAsync(channel, stop);

        var arrived = System.Threading.Channels.Channel.CreateUnbounded<Arrived>(new() { SingleReader = true });
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            BusMetrics.Came(queue.Name, message.Redelivered);
            arrived.Writer.TryWrite(new(message.DeliveryTag, message.BasicProperties, new(message.Body.ToArray(), message.BasicProperties.Headers)));
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => End("the queue is gone");
        channel.ChannelShutdownAsync += (_, reason) => End(reason.ReplyText);
        Task End(string reason)
        {
            arrived.Writer.TryComplete(new IOException(reason));
            return Task.CompletedTask;
        }

        await channel.BasicQosAsync(0, Most * Lanes * 2, global: false, stop);
        await channel.BasicConsumeAsync(queue.Name, autoAck: false, consumer, stop);
        _isConsuming = true;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var acknowledgements = new Acknowledgements(channel);
        var lanes = Enumerable.Range(0, Lanes).Select(_ => System.Threading.Channels.Channel.CreateUnbounded<Arrived>(new() { SingleReader = true, SingleWriter = true })).ToList();
        var work = lanes.Select(lane => Task.Run(() => Work(lane.Reader, channel, acknowledgements, end.Token), CancellationToken.None)).Append(Deal()).ToList();
        try
        {
            await await Task.WhenAny(work);
        }
        finally
        {
            _isConsuming = false;
            await end.CancelAsync();
            await Task.WhenAll(work).ContinueWith(static _ => { }, TaskScheduler.Default); // the first failure is told
        }

        async Task Deal()
        {
            await foreach (var message in arrived.Reader.ReadAllAsync(end.Token)) lanes[(int)((uint)TConsumer.LaneOf(message.Delivery) % Lanes)].Writer.TryWrite(message);
        }
    }

    async Task Work(System.Threading.Channels.ChannelReader<Arrived> lane, IChannel channel, Acknowledgements acknowledgements, CancellationToken stop)
    {
        while (await lane.WaitToReadAsync(stop))
        {
            var batch = new List<Arrived>();
            while (batch.Count < Most && lane.TryRead(out var message)) batch.Add(message);
            using (new BatchTelemetry(queue.Name, batch)) await Consume([.. batch.Select(m => m.Delivery)], stop);
            await acknowledgements.DoneAsync(batch, async () =>
            {
                foreach (var message in batch.Where(m => m.Delivery.Failure is not null)) await failed.SendAwayAsync(channel, message.Properties, message.Delivery, stop);
            }, stop);
        }
    }

    /// <summary>Consumes them; afterwards each has been consumed, or has its failure. Where one spoils the others they are taken apart until it is alone.</summary>
    async Task Consume(Delivery[] batch, CancellationToken stop)
    {
        try
        {
            await services.CommitAsync(async (scope, cancellation) =>
            {
                foreach (var message in batch) message.Failure = null;
                await scope.GetRequiredService<TConsumer>().ConsumeAsync(batch, cancellation);
            }, stop);
        }
        catch (Exception e) when (batch.Length == 1 && !stop.IsCancellationRequested)
        {
            batch[0].Failure = e;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            logger.LogWarning("{Count} messages of {Queue} are taken apart: {Reason}", batch.Length, queue.Name, Failure.InWords(e));
            foreach (var half in batch.Chunk((batch.Length + 1) / 2)) await Consume(half, stop);
        }
    }
}

sealed record Arrived(ulong Tag, IReadOnlyBasicProperties Properties, Delivery Delivery);

/// <summary>Acknowledges what all lanes have done up to a message, in one.</summary>
sealed class Acknowledgements(IChannel channel) : IDisposable
{
    readonly SemaphoreSlim _one = new(1); // a channel is used by one at a time
    readonly HashSet<ulong> _done = [];
    ulong _acknowledged;

    /// <summary>After these have been consumed.</summary>
    /// <param name="batch">Whose they are.</param>
    /// <param name="before">What must be on its way before they are acknowledged.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task DoneAsync(List<Arrived> batch, Func<Task> before, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            await before();
            foreach (var message in batch) _done.Add(message.Tag);
            var all = _acknowledged;
            while (_done.Remove(all + 1)) all++;
            if (all == _acknowledged) return;
            await channel.BasicAckAsync(all, multiple: true, cancellation);
            _acknowledged = all;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}

/// <summary>A queue of plain JSON that an <see cref="IBatchConsumer"/> reads; on the broker it is what MassTransit would declare for a consumer.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Name">Of the queue, and of the exchange that fills it.</param>
/// <param name="RoutingKey">Of the ingest exchange.</param>
/// <param name="Broker">With its credentials.</param>
sealed record BatchQueue(string Service, string Name, string RoutingKey, Broker Broker)
{
    public async Task DeclareAsync(IChannel channel, CancellationToken stop)
    {
        await channel.ExchangeDeclareAsync(Bus.IngestExchange, ExchangeType.Topic, durable: true, cancellationToken: stop);
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: true, cancellationToken: stop);
        await channel.ExchangeBindAsync(Name, Bus.IngestExchange, RoutingKey, cancellationToken: stop);
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-quorum-initial-group-size"] = 1 };
        await channel.QueueDeclareAsync(Name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: stop);
        await channel.QueueBindAsync(Name, Name, "", cancellationToken: stop);
        await channel.ExchangeDeclareAsync(DelayQueue.ReturnOf(Service), ExchangeType.Direct, durable: true, cancellationToken: stop);
        await channel.ExchangeBindAsync(Name, DelayQueue.ReturnOf(Service), Name, cancellationToken: stop);
    }
}
