using System.Diagnostics.Metrics;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>What the outbox counts, on the meter <c>AutoDev.Outbox</c>.</summary>
static class OutboxMetrics
{
    public const string MeterName = "AutoDev.Outbox";

    static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Delivered = Meter.CreateCounter<long>("autodev.outbox.delivered", "{message}", "Messages confirmed by the broker");
    public static readonly Counter<long> Swept = Meter.CreateCounter<long>("autodev.outbox.swept", "{message}", "Messages that a sweep delivered");
    public static readonly Counter<long> Failed = Meter.CreateCounter<long>("autodev.outbox.failed", "{message}", "Deliveries that failed and are tried again");
    public static readonly Counter<long> Duplicates = Meter.CreateCounter<long>("autodev.inbox.duplicates", "{message}", "Redelivered messages that changed nothing");
}
