namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Settings of the outbox, section <c>Outbox</c>. The defaults suit a service with up to a thousand messages a second.</summary>
public sealed class OutboxOptions
{
    /// <summary>Transactions delivered to the broker at once; within one, messages go in order.</summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>Transactions that wait in memory for delivery; beyond it they wait in the table for the sweeper.</summary>
    public int Capacity { get; set; } = 20_000;

    /// <summary>How often the sweeper looks for messages that were left behind by a crash or a broker that was away.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A message this old was left behind.</summary>
    public TimeSpan SweepAge { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages a sweep takes at once.</summary>
    public int SweepLimit { get; set; } = 500;

    /// <summary>Time for the deletion of delivered messages to gather.</summary>
    public TimeSpan DeleteDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Time for one message to be confirmed by the broker.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a consumed message is remembered. A redelivery later than this would count again.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(3);
}
