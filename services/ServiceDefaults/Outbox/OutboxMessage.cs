using System.Diagnostics;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>One outgoing message as it lies in the table: the serialized envelope, sent as it is.</summary>
/// <param name="MessageId">The message's id.</param>
/// <param name="Destination">The address that it goes to.</param>
/// <param name="ContentType">How <paramref name="Body"/> is written.</param>
/// <param name="Headers">Transport headers and properties, see <see cref="StoredHeaders"/>.</param>
/// <param name="Body">The envelope.</param>
sealed record OutboxMessage(Guid MessageId, string Destination, string ContentType, string Headers, byte[] Body);

/// <summary>What one commit says, in order: one row of the table.</summary>
sealed class OutboxTransaction
{
    /// <summary>Of the row. Ordered by time, so that what was written together lies together.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    public List<OutboxMessage> Messages { get; } = [];

    /// <summary>What of it is counted once it is committed.</summary>
    public List<Counted> Counted { get; } = [];

    /// <summary>Until when the sweepers of all instances leave this row alone, as this process measures it; 0: they are anybody's.</summary>
    public long LeasedUntil { get; private set; }

    public long Bytes => Messages.Sum(m => (long)m.Body.Length + m.Headers.Length);

    /// <summary>Called before the row is written, which dates the lease in the table: here it ends a little earlier than there.</summary>
    public void Lease(TimeSpan time) => LeasedUntil = time > TimeSpan.Zero ? Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency) : 0;

    public TimeSpan LeaseLeft => Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), LeasedUntil);
}
