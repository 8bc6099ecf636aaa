using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Messaging;
using MassTransit;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>Reads what lies in an error queue. It is what others could not read, so nothing is expected of it: whatever it does not say is left open.</summary>
static partial class ReadLetter
{
    /// <summary>How often the message had been replayed when it was sent.</summary>
    public const string ReplayHeader = "AutoDev-Replay";

    const string UrnPrefix = "urn:message:";

    /// <summary>Pure.</summary>
    /// <param name="queue">Where it died.</param>
    /// <param name="properties">With its headers: the sender's, and those of its death.</param>
    /// <param name="body">As the sender sent it.</param>
    /// <param name="now">The time of a death that does not tell its own.</param>
    public static (DeadLetter Letter, LetterContent Content) From(string queue, IReadOnlyBasicProperties properties, byte[] body, DateTimeOffset now)
    {
        var headers = (properties.Headers ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            .ToDictionary(h => h.Key, h => Text(h.Value), StringComparer.Ordinal);
        var messageId = Guid.TryParse(properties.MessageId, out var given) ? given : new Guid(SHA256.HashData(body).AsSpan(0, 16));
        var died = Time(headers.GetValueOrDefault(MessageHeaders.FaultTimestamp)) ?? now;
        var (type, workspace) = TypeAndWorkspace(body);
        var letter = new DeadLetter
        {
            Id = IdOf(queue, messageId, body),
            Queue = queue,
            MessageId = messageId,
            MessageType = type,
            WorkspaceId = workspace,
            Reason = headers.GetValueOrDefault(MessageHeaders.FaultMessage) is { Length: > 0 } reason ? reason : "It does not say why.",
            ExceptionType = headers.GetValueOrDefault(MessageHeaders.FaultExceptionType),
            Stack = headers.GetValueOrDefault(MessageHeaders.FaultStackTrace),
            FirstFailedAt = Time(headers.GetValueOrDefault(FailedMessage.FirstFailure)) ?? died,
            DiedAt = died,
            DelayedRetries = Number(headers.GetValueOrDefault(MessageHeaders.RedeliveryCount)),
            Replays = Number(headers.GetValueOrDefault(ReplayHeader)),
            BodyBytes = body.Length,
        };
        return (letter, new LetterContent
        {
            Id = letter.Id,
            ContentType = properties.ContentType,
            CorrelationId = Guid.TryParse(properties.CorrelationId, out var correlation) ? correlation : null,
            Headers = headers.Where(h => IsSenders(h.Key)).ToDictionary(StringComparer.Ordinal),
            Body = body,
        });
    }

    static bool IsSenders(string header) =>
        !header.StartsWith("MT-Fault-", StringComparison.Ordinal) && !Forward.IsBrokers(header)
        && header is not (MessageHeaders.Reason or MessageHeaders.RedeliveryCount or FailedMessage.FirstFailure or ReplayHeader);

    static Guid IdOf(string queue, Guid messageId, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(messageId.ToByteArray());
        hash.AppendData(SHA256.HashData(body));
        hash.AppendData(Encoding.UTF8.GetBytes(queue));
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Pure: what the body says of itself.</summary>
    public static (string? Type, string? Workspace) TypeAndWorkspace(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return (null, null);
            var isEnvelope = root.TryGetProperty("messageType", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0;
            var type = isEnvelope && types[0].ValueKind == JsonValueKind.String ? types[0].GetString() : null;
            var message = isEnvelope && root.TryGetProperty("message", out var inner) ? inner : root;
            return (type?.Replace(UrnPrefix, "", StringComparison.Ordinal), WorkspaceOf(message));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, null); // not JSON, or a text with half a character
        }
    }

    static string? WorkspaceOf(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object) return null;
        if (!message.TryGetProperty("workspaceId", out var workspace) && !message.TryGetProperty("workspace_id", out workspace)) return null;
        return workspace.ValueKind == JsonValueKind.String && workspace.GetString() is { } id && PlausibleWorkspace().IsMatch(id) ? id : null;
    }

    static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        string or int or long or bool or double or float or decimal or short or byte => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => "",
    };

    static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Storable(time.ToUniversalTime()) : null;

    // The store keeps microseconds: a finer moment would differ from itself when it is loaded.
    static DateTimeOffset Storable(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    static int Number(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 0;

    [GeneratedRegex(@"^[\p{L}\p{Nd}][\p{L}\p{Nd}._-]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlausibleWorkspace();
}
