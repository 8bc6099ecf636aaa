using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// A stored message's headers, properties and lifetime, and the pipe that sends it as it is stored; MassTransit's own would parse the envelope and
/// serialize it again. Numbers and truth values stay what they are; everything else travels as text.
/// </summary>
sealed class StoredHeaders : IPipe<SendContext>
{
    const string Header = "h:", Property = "p:", Correlation = "c", Expires = "x", Exchange = "RMQ-Exchange";

    readonly List<KeyValuePair<string, object>> _headers = [];
    readonly Dictionary<string, object> _properties = new(StringComparer.Ordinal);
    readonly OutboxMessage _message;
    readonly MessageBody _body;
    readonly Guid? _correlation;
    readonly DateTime? _expires;

    public StoredHeaders(OutboxMessage message, MessageBody body)
    {
        (_message, _body) = (message, body);
        using var document = JsonDocument.Parse(message.Headers);
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            if (entry.NameEquals(Correlation)) _correlation = entry.Value.GetGuid();
            else if (entry.NameEquals(Expires)) _expires = entry.Value.GetDateTime();
            else if (entry.Name.StartsWith(Header, StringComparison.Ordinal)) _headers.Add(new(entry.Name[Header.Length..], ValueOf(entry.Value)));
            else _properties[entry.Name[Property.Length..]] = ValueOf(entry.Value);
        }
    }

    /// <summary>The broker would throw it away.</summary>
    public bool HasExpired => _expires < DateTime.UtcNow;

    /// <summary>Whether it is published to an exchange, with nothing that only the transport understands.</summary>
    public bool IsPlain => _properties.Keys.All(static key => key is Exchange);

    /// <summary>What the bus would send it with.</summary>
    public BasicProperties ToProperties() => new()
    {
        Persistent = true,
        MessageId = _message.MessageId.ToString(),
        CorrelationId = _correlation?.ToString(),
        ContentType = _message.ContentType,
        Expiration = _expires is { } expires ? Math.Max(1, (expires - DateTime.UtcNow).TotalMilliseconds).ToString("F0", CultureInfo.InvariantCulture) : null,
        Headers = _headers.ToDictionary(h => h.Key, h => (object?)h.Value, StringComparer.Ordinal),
    };

    public Task Send(SendContext context)
    {
        context.MessageId = _message.MessageId;
        context.Serializer = new CopyBodySerializer(new System.Net.Mime.ContentType(_message.ContentType), _body);
        context.CorrelationId = _correlation;
        if (_expires is { } expires) context.TimeToLive = expires - DateTime.UtcNow;
        foreach (var (key, value) in _headers) context.Headers.Set(key, value); // the trace's among them
        if (_properties.Count > 0 && context is TransportSendContext transport) transport.ReadPropertiesFrom(_properties);
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context)
    {
    }

    public static string Write<T>(SendContext<T> context)
        where T : class
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var header in context.Headers.GetAll()) WriteValue(json, Header + header.Key, header.Value);
            if (context is TransportSendContext<T> transport)
            {
                var properties = new Dictionary<string, object>(StringComparer.Ordinal);
                transport.WritePropertiesTo(properties);
                foreach (var (key, value) in properties) WriteValue(json, Property + key, value);
            }

            if (context.CorrelationId is { } correlation) json.WriteString(Correlation, correlation);
            if (context.TimeToLive is { } ttl) json.WriteString(Expires, DateTime.UtcNow.Add(ttl));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: break;
            case bool truth: json.WriteBoolean(name, truth); break;
            case byte or short or ushort or int or uint or long: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case DateTime time: json.WriteString(name, time); break;
            case DateTimeOffset time: json.WriteString(name, time); break;
            default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    static object ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetInt64(),
        _ => value.GetString()!,
    };
}
