using System.Text;
using System.Text.Json;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Consumes plain JSON many messages at a time, in one transaction: what it stores in its scope's session and what it publishes commits when it returns, as with
/// any consumer. It is called again with the same messages where the commit failed or nobody knows how it ended, and with a part of them where one spoils the
/// others: it knows by the documents what it has done before, there is no inbox.
/// </summary>
public interface IBatchConsumer
{
    /// <summary>Consumes them, and names those that are wrong themselves (<see cref="Delivery.Failure"/>). An exception is the failure of all.</summary>
    Task ConsumeAsync(IReadOnlyList<Delivery> batch, CancellationToken cancellation);

    /// <summary>
    /// Pure: messages of one number are consumed in the order in which they came, those of different numbers at the same time. Whoever takes locks names their
    /// keys' hash here, so that transactions of one process do not wait for each other.
    /// </summary>
    static virtual int LaneOf(Delivery message) => 0;
}

/// <summary>A message as it came.</summary>
/// <param name="body">The bytes.</param>
/// <param name="headers">The sender's.</param>
public sealed class Delivery(byte[] body, IDictionary<string, object?>? headers)
{
    /// <summary>How plain JSON is read, on the bus and over HTTP.</summary>
    public static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    object? _read;

    /// <summary>The bytes.</summary>
    public byte[] Body => body;

    /// <summary>Set by the consumer: why this message cannot be consumed, now (<see cref="NotYetKnownException"/>) or ever (<see cref="InvalidMessageException"/>).</summary>
    public Exception? Failure { get; set; }

    /// <summary>The trace that what is said of it goes on with, see <see cref="Telemetry.ContinueTrace"/>: the sender's, where it has one.</summary>
    public string? TraceParent { get; internal set; }

    /// <summary>The message; <c>null</c>, and <see cref="Failure"/> set, where it cannot be read.</summary>
    public T? Read<T>()
        where T : class
    {
        try
        {
            if ((_read ??= JsonSerializer.Deserialize<T>(body, Json)) is T message) return message;
            Failure = new InvalidMessageException("The message cannot be read: it is null.");
        }
        catch (JsonException e)
        {
            Failure = new InvalidMessageException($"The message cannot be read: {e.Message}");
        }

        return null;
    }

    /// <summary>A header's text; <c>null</c> where there is none.</summary>
    internal string? HeaderOf(string name) => headers?.TryGetValue(name, out var value) != true ? null : value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        string or int or long => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };
}
