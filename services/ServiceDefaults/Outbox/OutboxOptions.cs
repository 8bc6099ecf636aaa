namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Settings of the outbox, section <c>Outbox</c>. The defaults suit a service with up to some thousand messages a second.</summary>
public sealed class OutboxOptions
{
    /// <summary>Transactions delivered from memory at once.</summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>Bytes of messages that wait in memory for delivery; beyond it they wait in the table for the sweeper.</summary>
    public long MemoryLimit { get; set; } = 64 << 20;

    /// <summary>
    /// For how long after its commit a message is left to the process that stored it. Not delivered by then, because that process died or was too
    /// slow, it is any sweeper's. Longer than <see cref="SendTimeout"/>.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How often the sweeper looks for messages that this process left behind, if it did, or the one before it. Whether another did it looks once in half a
    /// <see cref="Lease"/>: until that has ended they are the other's.
    /// </summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the table is measured, for the metrics and the health check.</summary>
    public TimeSpan MeasureInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages that a sweep takes at once. It also stops at 16 MiB.</summary>
    public int SweepLimit { get; set; } = 1000;

    /// <summary>Time for the broker to confirm one transaction's messages.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait before a message is tried again that failed while others were delivered; it doubles from one second.</summary>
    public TimeSpan LongestBackoff { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Time for the deletion of delivered messages to gather.</summary>
    public TimeSpan DeleteDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The health check says degraded when the oldest message has waited this long.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a consumed message is remembered. A redelivery later than this would count again.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(3);
}
