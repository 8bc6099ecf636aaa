using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Reads one queue of the ingest exchange by the broker's own client: as many messages as are there, up to <see cref="Most"/> in each of a few lanes, are one
/// transaction a lane and one acknowledgement. An acknowledgement for each costs the broker more than everything else that happens to a small message.
/// </summary>
sealed class BatchReceiver<TConsumer>(
    BatchQueue queue, IServiceProvider services, IBusControl bus, ServiceWord service, FailedMessage failed, ILogger<BatchReceiver<TConsumer>> logger)
    : BackgroundService, IHealthCheck
    where TConsumer : class, IBatchConsumer
{
    const int Most = 500;

    // While one waits for its commit the other works.
    const int Lanes = 2;

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
        var factory = new ConnectionFactory { Uri = queue.Broker, AutomaticRecoveryEnabled = false, ClientProvidedName = $"{service} {queue.Name}" };
        await using var connection = await factory.CreateConnectionAsync(stop);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        await queue.DeclareAsync(channel, stop);

        var arrived = System.Threading.Channels.Channel.CreateUnbounded<(ulong Tag, IReadOnlyBasicProperties Properties, Delivery Delivery)>(new() { SingleReader = true });
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            arrived.Writer.TryWrite((message.DeliveryTag, message.BasicProperties, new(message.Body.ToArray(), message.BasicProperties.Headers)));
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
        try
        {
            while (await arrived.Reader.WaitToReadAsync(stop))
            {
                var batch = new List<(ulong Tag, IReadOnlyBasicProperties Properties, Delivery Delivery)>();
                while (batch.Count < Most * Lanes && arrived.Reader.TryRead(out var message)) batch.Add(message);
                await Task.WhenAll(batch.Select(m => m.Delivery).GroupBy(m => (uint)TConsumer.LaneOf(m) % Lanes).Select(lane => Task.Run(() => Consume([.. lane], stop), stop)));
                foreach (var message in batch.Where(m => m.Delivery.Failure is not null)) await failed.SendAwayAsync(channel, message.Properties, message.Delivery, stop);
                await channel.BasicAckAsync(batch[^1].Tag, multiple: true, stop);
            }
        }
        finally
        {
            _isConsuming = false;
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

/// <summary>A queue of plain JSON that an <see cref="IBatchConsumer"/> reads; on the broker it is what MassTransit would declare for a consumer.</summary>
/// <param name="Name">Of the queue, and of the exchange that fills it.</param>
/// <param name="RoutingKey">Of the ingest exchange.</param>
/// <param name="Broker">With its credentials.</param>
sealed record BatchQueue(string Name, string RoutingKey, Uri Broker)
{
    public async Task DeclareAsync(IChannel channel, CancellationToken stop)
    {
        await channel.ExchangeDeclareAsync(Bus.IngestExchange, ExchangeType.Topic, durable: true, cancellationToken: stop);
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: true, cancellationToken: stop);
        await channel.ExchangeBindAsync(Name, Bus.IngestExchange, RoutingKey, cancellationToken: stop);
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-quorum-initial-group-size"] = 1 };
        await channel.QueueDeclareAsync(Name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: stop);
        await channel.QueueBindAsync(Name, Name, "", cancellationToken: stop);
    }
}
