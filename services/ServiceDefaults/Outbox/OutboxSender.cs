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
            if (!body.WasTaken && !send.IsCompleted) await Task.WhenAny(send, body.Taken());
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

    /// <summary>The transport takes the body when it writes the message to its channel: from then on the message's place in the order is sure.</summary>
    sealed class WatchedBody(byte[] body) : MessageBody
    {
        static readonly TaskCompletionSource Already = new();

        TaskCompletionSource? _signal;

        static WatchedBody() => Already.SetResult();

        public bool WasTaken => Volatile.Read(ref _signal) == Already;

        public long? Length => body.Length;

        public Task Taken()
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _signal, mine, null) ?? mine).Task;
        }

        public Stream GetStream() => new MemoryStream(Take(), writable: false);

        public byte[] GetBytes() => Take();

        public string GetString() => Encoding.UTF8.GetString(Take());

        byte[] Take()
        {
            Interlocked.Exchange(ref _signal, Already)?.TrySetResult();
            return body;
        }
    }
}
