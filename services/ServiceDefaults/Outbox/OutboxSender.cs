using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Messaging;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>How far one transaction's messages came.</summary>
/// <param name="Confirmed">Which of them the broker has, by their place in what was to be sent.</param>
/// <param name="Error">Why the others are not there; <c>null</c> if all are.</param>
readonly record struct Sent(IReadOnlyList<int> Confirmed, Exception? Error);

/// <summary>Where the outbox's own channel leads.</summary>
/// <param name="Broker">With its credentials.</param>
/// <param name="Client">How the connection is called there.</param>
sealed record OutboxBroker(Broker Broker, string Client);

/// <summary>
/// Sends stored messages in their order. The next goes out without waiting for the confirm of the one before, since all of a bus share a channel and the
/// broker keeps its order; nothing goes out after one that could not be sent. The first message to an exchange goes by the bus, which declares it; later ones by a
/// channel of the broker's own client, which is much cheaper.
/// </summary>
sealed class OutboxSender(
    IBusControl bus, OutboxBroker broker, OutboxMetrics metrics, IOptions<OutboxOptions> options, ILogger<OutboxSender> logger) : IAsyncDisposable
{
    static readonly TimeSpan ToOpen = TimeSpan.FromSeconds(5), BetweenOpenings = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _opening = new(1);
    readonly ConcurrentDictionary<string, string> _exchanges = new(StringComparer.Ordinal);
    BrokerChannel? _channel;
    long _notBefore;

    /// <summary>While it is not, nothing that fails is the message's fault.</summary>
    public bool BrokerIsThere => bus.CheckHealth().Status != BusHealthStatus.Unhealthy;

    public async Task<Sent> SendInOrder(IReadOnlyList<OutboxMessage> messages, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(options.Value.SendTimeout);
        var sends = new List<Task>(messages.Count);
        var isByChannel = false;
        foreach (var message in messages)
        {
            var body = new WatchedBody(message.Body);
            if (Read(message, body) is not { } headers)
            {
                sends.Add(Task.FromException(new FormatException("Its stored headers cannot be read.")));
                break;
            }

            if (headers.HasExpired)
            {
                sends.Add(Task.CompletedTask);
                continue;
            }

            if (headers.IsPlain && _exchanges.TryGetValue(message.Destination, out var exchange) && await ChannelAsync(timeout.Token) is { } channel)
            {
                isByChannel = true;
                sends.Add(await Written(channel.WriteAsync(exchange, headers.ToProperties(), message.Body, timeout.Token)));
                if (sends[^1].IsFaulted || sends[^1].IsCanceled) break;
                continue;
            }

            // Two channels have no common order.
            if (isByChannel && !await Confirmed(Task.WhenAll(sends).WaitAsync(timeout.Token))) break;
            isByChannel = false;
            var send = Send(message, headers, timeout.Token);
            sends.Add(send);

            // Handed to the channel before the call came back: its place in the order is sure. Else (a first send, a connection being made) only the confirm says so.
            if (!body.WasTakenHere) await send.ContinueWith(static _ => { }, TaskScheduler.Default);
            if (send.IsFaulted || send.IsCanceled) break;
        }

        var confirmed = new List<int>(sends.Count);
        Exception? error = null;
        for (var i = 0; i < sends.Count; i++)
        {
            try
            {
                await sends[i].WaitAsync(timeout.Token);
                confirmed.Add(i);
            }
            catch (Exception e)
            {
                if (error is not null) continue;
                error = e is OperationCanceledException ? new TimeoutException($"The broker did not confirm it within {options.Value.SendTimeout.TotalSeconds:0} s", e) : e;
                if (!stop.IsCancellationRequested)
                    logger.LogWarning("Message {MessageId} to {Destination} was not delivered and will be tried again: {Reason}", messages[i].MessageId, messages[i].Destination, error.Message);
            }
        }

        metrics.Delivered.Add(confirmed.Count);
        if (error is not null) metrics.Failed.Add(messages.Count - confirmed.Count);
        return new(confirmed, error);
    }

    async Task Send(OutboxMessage message, StoredHeaders headers, CancellationToken cancellation)
    {
        var endpoint = await bus.GetSendEndpoint(new Uri(message.Destination));
        await endpoint.Send(new SerializedMessageBody(), headers, cancellation); // returns on the broker's confirm
        if (ExchangeOf(message.Destination) is { } exchange) _exchanges[message.Destination] = exchange;
    }

    static StoredHeaders? Read(OutboxMessage message, WatchedBody body)
    {
        try
        {
            return new(message, body);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    static async Task<bool> Confirmed(Task all)
    {
        try
        {
            await all;
            return true;
        }
        catch (Exception)
        {
            return false; // told where each is looked at
        }
    }

    static async Task<Task> Written(Task<Task> writing)
    {
        try
        {
            return await writing;
        }
        catch (Exception e)
        {
            return Task.FromException(e);
        }
    }

    /// <summary>The exchange at an address as messages are published to; <c>null</c> for anything else, which is left to the bus.</summary>
    static string? ExchangeOf(string destination)
    {
        var address = new Uri(destination);
        return address is { Scheme: "rabbitmq" or "rabbitmqs" or "amqp" or "amqps", Query: "", Segments.Length: > 1 } ? Uri.UnescapeDataString(address.Segments[^1]) : null;
    }

    /// <summary>The channel, opened where it is not; <c>null</c> where it cannot be now.</summary>
    async Task<BrokerChannel?> ChannelAsync(CancellationToken cancellation)
    {
        if (_channel is { IsOpen: true } open) return open;
        if (!await _opening.WaitAsync(ToOpen, CancellationToken.None)) return null;
        try
        {
            if (_channel is { IsOpen: true } opened) return opened;
            if (Environment.TickCount64 < _notBefore) return null;
            _notBefore = Environment.TickCount64 + (long)BetweenOpenings.TotalMilliseconds;
            if (_channel is { } lost)
            {
                _channel = null;
                await lost.DisposeAsync();
                _exchanges.Clear(); // perhaps one of them is gone, and that was why
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(ToOpen);
            return _channel = await BrokerChannel.OpenAsync(broker.Broker, broker.Client, patience.Token);
        }
        catch (Exception e)
        {
            logger.LogDebug("The outbox has no channel of its own: {Reason}", e.Message);
            return null;
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel) await channel.DisposeAsync();
        _opening.Dispose();
    }

    /// <summary>Knows when and how often the transport took the body, which it does in the same breath as it writes the message to its channel.</summary>
    sealed class WatchedBody(byte[] body) : MessageBody
    {
        int _takenBy;

        public bool WasTakenHere => Volatile.Read(ref _takenBy) == Environment.CurrentManagedThreadId;

        public long? Length => body.Length;

        public Stream GetStream() => new MemoryStream(Take(), writable: false);

        public byte[] GetBytes() => Take();

        public string GetString() => Encoding.UTF8.GetString(Take());

        // The bus tries again by itself after a lost connection, each message in its own time: out of order. The sweeper keeps it.
        byte[] Take() => Interlocked.CompareExchange(ref _takenBy, Environment.CurrentManagedThreadId, 0) == 0
            ? body
            : throw new InvalidOperationException("The connection was lost before the broker had confirmed the message.");
    }
}
