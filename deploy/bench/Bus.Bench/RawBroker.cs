using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AutoDev.Bus.Bench;

/// <summary>RabbitMQ.Client as it is: the limit that nothing on top of it can pass, and the hand that fills the queues.</summary>
sealed class RawBroker(IConnection connection, IChannel channel) : IAsyncDisposable
{
    const int Unconfirmed = 500;
    const ushort Prefetch = 500;
    const int AckEvery = 100;

    public static async Task<RawBroker> ConnectAsync(Uri broker)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        return new(connection, await OpenAsync(connection));
    }

    /// <summary>A durable quorum queue of its own, bound to this message type's exchange as MassTransit declares it.</summary>
    public async Task DeclareAsync(string queue, Type? message = null)
    {
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-quorum-initial-group-size"] = 1 });
        if (message is null) return;
        var exchange = $"{message.Namespace}:{message.Name}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        await channel.QueueBindAsync(queue, exchange, "");
    }

    public async Task<uint> CountAsync(string queue) => (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;

    public Task PurgeAsync(string queue) => channel.QueuePurgeAsync(queue);

    public Task DeleteAsync(string queue) => channel.QueueDeleteAsync(queue);

    /// <summary>Envelopes as MassTransit writes them, each with an id of its own.</summary>
    public static List<byte[]> Envelopes(int count, string text) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        var id = NewId.NextGuid();
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            messageId = id, conversationId = NewId.NextGuid(), sourceAddress = "rabbitmq://localhost/bench", destinationAddress = "rabbitmq://localhost/AutoDev.Bus.Bench:Work",
            messageType = new[] { "urn:message:AutoDev.Bus.Bench:Work" }, message = new { workspaceId = "bench", workId = id, text }, sentTime = DateTime.UtcNow,
            headers = new { }, host = new { machineName = "bench", processName = "AutoDev.Bus.Bench", processId = Environment.ProcessId, massTransitVersion = "8.5.12.0" },
        });
    })];

    /// <summary>Publishes with confirms, <see cref="Unconfirmed"/> at a time.</summary>
    /// <returns>Messages per second.</returns>
    public async Task<double> PublishAsync(string queue, IReadOnlyList<byte[]> bodies)
    {
        var begun = Stopwatch.GetTimestamp();
        var open = new Queue<Task>();
        foreach (var body in bodies)
        {
            if (open.Count == Unconfirmed) await open.Dequeue();
            open.Enqueue(channel.BasicPublishAsync("", queue, mandatory: true,
                new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json", MessageId = NewId.NextGuid().ToString() }, body).AsTask());
        }

        await Task.WhenAll(open);
        return bodies.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>Consumes, acknowledging a hundred at a time.</summary>
    /// <returns>Messages per second.</returns>
    public async Task<double> ConsumeAsync(string queue, int count)
    {
        await using var consuming = await OpenAsync(connection);
        await consuming.BasicQosAsync(0, Prefetch, global: false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(consuming);
        var seen = 0;
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            if (++seen % AckEvery == 0 || seen == count) await consuming.BasicAckAsync(delivery.DeliveryTag, multiple: true);
            if (seen == count) done.TrySetResult();
        };
        var begun = Stopwatch.GetTimestamp();
        await consuming.BasicConsumeAsync(queue, autoAck: false, consumer);
        await done.Task;
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>From before the publish to the consumer's begin, one at a time, in milliseconds.</summary>
    public async Task<List<double>> HopsAsync(string queue, IReadOnlyList<byte[]> bodies)
    {
        await using var consuming = await OpenAsync(connection);
        var consumer = new AsyncEventingBasicConsumer(consuming);
        var heard = new SemaphoreSlim(0);
        long at = 0;
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            at = Stopwatch.GetTimestamp();
            await consuming.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            heard.Release();
        };
        await consuming.BasicConsumeAsync(queue, autoAck: false, consumer);
        var hops = new List<double>();
        foreach (var body in bodies)
        {
            var said = Stopwatch.GetTimestamp();
            await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, body);
            await heard.WaitAsync();
            hops.Add(Stopwatch.GetElapsedTime(said, at).TotalMilliseconds);
        }

        return hops;
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    static Task<IChannel> OpenAsync(IConnection connection) => connection.CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null));
}
