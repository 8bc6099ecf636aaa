using System.Diagnostics.Metrics;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>What waits in the table, as of the last measurement.</summary>
/// <param name="Pending">Messages not yet delivered; above ten thousand an estimate.</param>
/// <param name="Failing">Those of them whose delivery failed though the broker was there, and what waits behind them.</param>
/// <param name="Oldest">How long the oldest has waited.</param>
/// <param name="Error">Why the oldest failing one fails.</param>
sealed record Backlog(long Pending, long Failing, TimeSpan Oldest, string? Error);

/// <summary>What the outbox counts, on the meter <c>AutoDev.Outbox</c>.</summary>
sealed class OutboxMetrics
{
    public const string MeterName = "AutoDev.Outbox";

    public OutboxMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        Delivered = meter.CreateCounter<long>("autodev.outbox.delivered", "{message}", "Messages confirmed by the broker");
        Swept = meter.CreateCounter<long>("autodev.outbox.swept", "{message}", "Messages that a sweep delivered");
        Failed = meter.CreateCounter<long>("autodev.outbox.failed", "{message}", "Deliveries that failed and are tried again");
        Duplicates = meter.CreateCounter<long>("autodev.inbox.duplicates", "{message}", "Redelivered messages that changed nothing");
        meter.CreateObservableGauge("autodev.outbox.pending", () => Backlog.Pending, "{message}", "Messages not yet delivered, of all instances; above ten thousand an estimate");
        meter.CreateObservableGauge("autodev.outbox.failing", () => Backlog.Failing, "{message}", "Messages whose delivery failed though the broker was there");
        meter.CreateObservableGauge("autodev.outbox.oldest", () => Backlog.Oldest.TotalSeconds, "s", "How long the oldest pending message has waited");
    }

    public Counter<long> Delivered { get; }

    public Counter<long> Swept { get; }

    public Counter<long> Failed { get; }

    public Counter<long> Duplicates { get; }

    /// <summary>Shows the counters, once somebody listens: one that begins with its first event has no increase at it.</summary>
    public void Begin()
    {
        foreach (var counter in new[] { Delivered, Swept, Failed, Duplicates }) counter.Add(0);
    }

    /// <summary>Kept up to date by <see cref="OutboxSweeper"/>: a scrape asks nothing of the database.</summary>
    public Backlog Backlog { get; set; } = new(0, 0, TimeSpan.Zero, null);
}
