using System.Diagnostics;
using System.Diagnostics.Metrics;
using MassTransit;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>What is consumed, by queue, with the names of OpenTelemetry's messaging conventions; MassTransit's own would have each message type three times.</summary>
sealed class BusMetrics : IReceiveObserver
{
    static readonly Meter Meter = new(Telemetry.Source.Name);

    static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Messages given to a consumer, each try counted; error.type where it failed");

    static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "messaging.process.duration", "s", "From giving a message to its consumer to the end of its commit", advice: Telemetry.Seconds);

    static readonly Histogram<double> Delay = Meter.CreateHistogram(
        "autodev.messages.delay", "s", "From a message's sending to its consumer's begin, by the two clocks", advice: Telemetry.Seconds);

    static readonly Counter<long> Redelivered = Meter.CreateCounter<long>(
        "autodev.messages.redelivered", "{message}", "Messages that the broker gave once more: their consumer had not acknowledged them");

    /// <summary>What identifies a consumer's queue, on spans and figures alike.</summary>
    public static ActivityTagsCollection Of(string queue) => new()
    {
        ["messaging.system"] = "rabbitmq", ["messaging.operation.name"] = "process", ["messaging.operation.type"] = "process", ["messaging.destination.name"] = queue,
    };

    public static void Processed(string queue, TimeSpan elapsed, Exception? failure)
    {
        TagList tags = [new("messaging.system", "rabbitmq"), new("messaging.operation.name", "process"), new("messaging.destination.name", queue)];
        if (failure is not null) tags.Add("error.type", failure.GetType().Name);
        Consumed.Add(1, tags);
        Duration.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>Counts a message that came; one that came once only shows the counter, as it is.</summary>
    public static void Came(string queue, bool isGivenAgain) => Redelivered.Add(isGivenAgain ? 1 : 0, new KeyValuePair<string, object?>("messaging.destination.name", queue));

    public Task PreReceive(ReceiveContext context)
    {
        Came(QueueOf(context), context.Redelivered);
        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class
    {
        var queue = QueueOf(context.ReceiveContext);
        Processed(queue, duration, failure: null);
        if (context.SentTime is { } sent)
            Delay.Record(Math.Max(0, (DateTime.UtcNow - sent - duration).TotalSeconds), new KeyValuePair<string, object?>("messaging.destination.name", queue));
        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class
    {
        Processed(QueueOf(context.ReceiveContext), duration, exception);
        return Task.CompletedTask;
    }

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;

    static string QueueOf(ReceiveContext context) => context.InputAddress.Segments[^1];
}
