using System.Diagnostics.Metrics;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>What became of failed messages, on the meter <c>AutoDev.Failures</c>.</summary>
static class FailureMetrics
{
    public const string MeterName = "AutoDev.Failures";

    public static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Delayed = Meter.CreateCounter<long>("autodev.messages.delayed", "{message}", "Failed messages that come back after a delay");
    public static readonly Counter<long> Dead = Meter.CreateCounter<long>("autodev.messages.dead", "{message}", "Failed messages that went to the error queue");
    public static readonly Counter<long> Kept = Meter.CreateCounter<long>("autodev.dead_letters.kept", "{letter}", "Deaths written down as dead letters");
    public static readonly Counter<long> Replayed = Meter.CreateCounter<long>("autodev.dead_letters.replayed", "{letter}", "Dead letters sent back to their queue");
    public static readonly Counter<long> Discarded = Meter.CreateCounter<long>("autodev.dead_letters.discarded", "{letter}", "Dead letters that somebody discarded");
    public static readonly Gauge<long> Waiting = Meter.CreateGauge<long>("autodev.dead_letters.waiting", "{letter}", "Dead letters that wait for a decision");
}
