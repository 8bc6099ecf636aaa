using System.Globalization;
using System.Text.Json;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Sends a stored envelope as it is, with the headers and properties it had; MassTransit's own pipe would parse and serialize it again.</summary>
sealed class StoredHeaders(OutboxMessage message) : IPipe<SendContext>
{
    public const string Header = "h:", Property = "p:", Correlation = "c", Expires = "x";

    public Task Send(SendContext context)
    {
        context.MessageId = message.MessageId;
        context.Serializer = new CopyBodySerializer(new System.Net.Mime.ContentType(message.ContentType), new BytesMessageBody(message.Body));

        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (key, value) in JsonSerializer.Deserialize<Dictionary<string, string?>>(message.Headers)!)
        {
            if (value is null) continue;
            if (key == Correlation) context.CorrelationId = Guid.Parse(value);
            else if (key == Expires) context.TimeToLive = DateTime.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) - DateTime.UtcNow;
            else if (key.StartsWith(Header, StringComparison.Ordinal)) context.Headers.Set(key[Header.Length..], value); // the trace's among them
            else properties[key[Property.Length..]] = value;
        }

        if (properties.Count > 0 && context is TransportSendContext transport) transport.ReadPropertiesFrom(properties);
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context)
    {
    }
}
