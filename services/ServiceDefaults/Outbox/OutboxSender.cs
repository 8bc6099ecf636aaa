using System.Text;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>How far one transaction's messages came.</summary>
/// <param name="Confirmed">Which of them the broker has, by their place in what was to be sent.</param>
/// <param name="Error">Why the others are not there; <c>null</c> if all are.</param>
readonly record struct Sent(IReadOnlyList<int> Confirmed, Exception? Error);

/// <summary>
/// Sends stored messages in their order. The next goes out without waiting for the confirm of the one before, since all of a bus share a channel and the
/// broker keeps its order; nothing goes out after one that could not be sent.
/// </summary>
sealed class OutboxSender(IBusControl bus, OutboxMetrics metrics, IOptions<OutboxOptions> options, ILogger<OutboxSender> logger)
{
    /// <summary>While it is not, nothing that fails is the message's fault.</summary>
    public bool BrokerIsThere => bus.CheckHealth().Status != BusHealthStatus.Unhealthy;

    public async Task<Sent> SendInOrder(IReadOnlyList<OutboxMessage> messages, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(options.Value.SendTimeout);
        var sends = new List<Task>(messages.Count);
        foreach (var message in messages)
        {
            var body = new WatchedBody(message.Body);
            var send = Send(message, body, timeout.Token);
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
                await sends[i];
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

    async Task Send(OutboxMessage message, WatchedBody body, CancellationToken cancellation)
    {
        var headers = new StoredHeaders(message, body);
        if (headers.HasExpired) return;
        var endpoint = await bus.GetSendEndpoint(new Uri(message.Destination));
        await endpoint.Send(new SerializedMessageBody(), headers, cancellation); // returns on the broker's confirm
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
