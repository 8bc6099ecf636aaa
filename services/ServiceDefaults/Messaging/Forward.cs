using System.Text;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>Hands a received message on, byte for byte; what its sender could do harm with stays behind.</summary>
static class Forward
{
    // A message's headers go into one frame, of 128 KiB by default: a larger one closes the connection, for ever again.
    const int MostHeaderBytes = 64 << 10;

    /// <summary>Returns when the broker has confirmed it; only then may the original be acknowledged.</summary>
    /// <param name="context">The received message.</param>
    /// <param name="exchange">Where it goes.</param>
    /// <param name="routingKey">Where it goes from there.</param>
    /// <param name="headers">Set beside those that it has.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.PublishException">The broker did not take it, or there is no such queue.</exception>
    public static Task ForwardAsync(this ReceiveContext context, string exchange, string routingKey, IEnumerable<KeyValuePair<string, object>> headers)
    {
        var properties = Properties(context.GetPayload<RabbitMqBasicConsumeContext>().Properties, headers);
        return context.GetPayload<ChannelContext>().BasicPublishAsync(
            exchange, routingKey, mandatory: true, properties, context.Body.GetBytes(), awaitAck: true, context.CancellationToken);
    }

    /// <summary>The same over a channel that tracks confirms.</summary>
    public static async Task ForwardAsync(
        this IChannel channel, IReadOnlyBasicProperties received, byte[] body, string exchange, string routingKey, IEnumerable<KeyValuePair<string, object>> headers,
        CancellationToken cancellation) => await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, Properties(received, headers), body, cancellation);

    static BasicProperties Properties(IReadOnlyBasicProperties received, IEnumerable<KeyValuePair<string, object>> headers)
    {
        var properties = new BasicProperties(received) { Headers = Fitting(received.Headers, headers), DeliveryMode = DeliveryModes.Persistent };
        properties.ClearExpiration(); // it may wait for longer than the sender thought
        properties.ClearUserId(); // the broker refuses another's
        return properties;
    }

    /// <summary>Pure: the sender's headers with ours; the largest of the sender's are left out where all together are too many.</summary>
    internal static Dictionary<string, object?> Fitting(IDictionary<string, object?>? sent, IEnumerable<KeyValuePair<string, object>> ours)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in ours) headers[key] = value;
        var left = MostHeaderBytes - headers.Sum(SizeOf);
        foreach (var header in (sent ?? new Dictionary<string, object?>(StringComparer.Ordinal)).Where(h => !IsBrokers(h.Key) && !headers.ContainsKey(h.Key)).OrderBy(SizeOf).ToList())
        {
            left -= SizeOf(header);
            if (left < 0) break;
            headers.Add(header.Key, header.Value);
        }

        return headers;
    }

    /// <summary>Pure: headers by which the broker routes (CC, BCC would send copies to whatever queue they name) or tells where a message has been.</summary>
    internal static bool IsBrokers(string header) =>
        header is "CC" or "BCC" || header.StartsWith("x-death", StringComparison.Ordinal) || header.StartsWith("x-first-death", StringComparison.Ordinal);

    static int SizeOf(KeyValuePair<string, object?> header) => Encoding.UTF8.GetByteCount(header.Key) + SizeOf(header.Value);

    static int SizeOf(object? value) => value switch
    {
        byte[] bytes => bytes.Length + 5,
        string text => Encoding.UTF8.GetByteCount(text) + 5,
        IDictionary<string, object?> table => table.Sum(SizeOf) + 5,
        IEnumerable<object?> list => list.Sum(SizeOf) + 5,
        _ => 16,
    };
}
