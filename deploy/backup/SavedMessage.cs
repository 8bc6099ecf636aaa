using System.Globalization;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace AutoDev.Backup;

/// <summary>A message as one line of JSON: where it waited, its routing key (a delay queue's messages go back by it), its properties, its body.</summary>
static class SavedMessage
{
    /// <summary>What is written down.</summary>
    public static JsonObject Of(string queue, BasicGetResult message)
    {
        var p = message.BasicProperties;
        var saved = new JsonObject { ["queue"] = queue, ["routing_key"] = message.RoutingKey };
        if (p.IsContentTypePresent()) saved["content_type"] = p.ContentType;
        if (p.IsContentEncodingPresent()) saved["content_encoding"] = p.ContentEncoding;
        if (p.IsMessageIdPresent()) saved["message_id"] = p.MessageId;
        if (p.IsCorrelationIdPresent()) saved["correlation_id"] = p.CorrelationId;
        if (p.IsReplyToPresent()) saved["reply_to"] = p.ReplyTo;
        if (p.IsTypePresent()) saved["type"] = p.Type;
        if (p.IsAppIdPresent()) saved["app_id"] = p.AppId;
        if (p.IsExpirationPresent()) saved["expiration"] = p.Expiration;
        if (p.IsTimestampPresent()) saved["timestamp"] = p.Timestamp.UnixTime;
        if (p.IsPriorityPresent()) saved["priority"] = p.Priority;
        if (p.Headers is not null) saved["headers"] = Table(p.Headers);
        saved["body"] = Convert.ToBase64String(message.Body.Span);
        return saved;
    }

    /// <summary>The same to publish it again.</summary>
    public static (string Queue, string RoutingKey, BasicProperties Properties, byte[] Body) Read(JsonNode saved)
    {
        string? Text(string name) => (string?)saved[name];
        var properties = new BasicProperties
        {
            Persistent = true, ContentType = Text("content_type"), ContentEncoding = Text("content_encoding"), MessageId = Text("message_id"), CorrelationId = Text("correlation_id"),
            ReplyTo = Text("reply_to"), Type = Text("type"), AppId = Text("app_id"), Expiration = Text("expiration"), Headers = saved["headers"] is { } headers ? Table(headers) : null,
        };
        if (saved["timestamp"] is { } timestamp) properties.Timestamp = new((long)timestamp);
        if (saved["priority"] is { } priority) properties.Priority = (byte)priority;
        return (Text("queue")!, Text("routing_key")!, properties, Convert.FromBase64String(Text("body")!));
    }

    static JsonObject Table(IDictionary<string, object?> table) => new(table.Select(entry => KeyValuePair.Create(entry.Key, Value(entry.Value))));

    // By the letters of the broker's own types, so that a number comes back with its width.
    static JsonNode? Value(object? value) => value switch
    {
        null => null,
        byte[] text => new JsonObject { ["S"] = Convert.ToBase64String(text) },
        string text => new JsonObject { ["S"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)) },
        bool truth => new JsonObject { ["t"] = truth },
        sbyte n => new JsonObject { ["b"] = n },
        byte n => new JsonObject { ["B"] = n },
        short n => new JsonObject { ["s"] = n },
        ushort n => new JsonObject { ["u"] = n },
        int n => new JsonObject { ["I"] = n },
        uint n => new JsonObject { ["i"] = n },
        long n => new JsonObject { ["l"] = n },
        float n => new JsonObject { ["f"] = n },
        double n => new JsonObject { ["d"] = n.ToString("R", CultureInfo.InvariantCulture) },
        decimal n => new JsonObject { ["D"] = n },
        AmqpTimestamp time => new JsonObject { ["T"] = time.UnixTime },
        BinaryTableValue binary => new JsonObject { ["x"] = Convert.ToBase64String(binary.Bytes) },
        IDictionary<string, object?> table => new JsonObject { ["F"] = Table(table) },
        System.Collections.IList list => new JsonObject { ["A"] = new JsonArray([.. list.Cast<object?>().Select(Value)]) },
        _ => throw new BackupException($"A message's header has a value of the kind {value.GetType().Name}, which this version cannot save."),
    };

    static Dictionary<string, object?> Table(JsonNode table) => table.AsObject().ToDictionary(entry => entry.Key, entry => Value(entry.Value), StringComparer.Ordinal);

    static object? Value(JsonNode? saved)
    {
        if (saved is null) return null;
        var (kind, value) = saved.AsObject().Single();
        return kind switch
        {
            "S" => Convert.FromBase64String((string)value!),
            "t" => (bool)value!,
            "b" => (sbyte)value!,
            "B" => (byte)value!,
            "s" => (short)value!,
            "u" => (ushort)value!,
            "I" => (int)value!,
            "i" => (uint)value!,
            "l" => (long)value!,
            "f" => (float)value!,
            "d" => double.Parse((string)value!, CultureInfo.InvariantCulture),
            "D" => (decimal)value!,
            "T" => new AmqpTimestamp((long)value!),
            "x" => new BinaryTableValue(Convert.FromBase64String((string)value!)),
            "F" => Table(value!),
            "A" => value!.AsArray().Select(Value).ToList(),
            _ => throw new BackupException($"A saved header has the kind '{kind}', which this version does not know."),
        };
    }
}
