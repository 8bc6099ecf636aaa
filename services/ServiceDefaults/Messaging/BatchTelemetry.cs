using System.Diagnostics;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Spans and figures of messages that are consumed together. Each is a part of its sender's trace and of no other's, so that there is none for the batch: whoever
/// says something of a message goes on with <see cref="Delivery.TraceParent"/>.
/// </summary>
readonly struct BatchTelemetry : IDisposable
{
    readonly string _queue;
    readonly List<Arrived> _batch;
    readonly Activity?[] _spans;
    readonly long _begun = Stopwatch.GetTimestamp();

    public BatchTelemetry(string queue, List<Arrived> batch)
    {
        (_queue, _batch, _spans) = (queue, batch, new Activity?[batch.Count]);
        var (name, tags) = ($"process {queue}", BusMetrics.Of(queue)); // once: a span copies its tags
        tags["messaging.batch.message_count"] = batch.Count;
        for (var i = 0; i < batch.Count; i++)
        {
            var (delivery, sender) = (batch[i].Delivery, batch[i].Delivery.HeaderOf("traceparent"));
            Activity.Current = null;
            _spans[i] = Telemetry.ContinueTrace(sender, name, ActivityKind.Consumer, tags);
            delivery.TraceParent = _spans[i]?.Id ?? sender;
        }

        Activity.Current = null;
    }

    public void Dispose()
    {
        var elapsed = Stopwatch.GetElapsedTime(_begun);
        for (var i = 0; i < _batch.Count; i++)
        {
            var failure = _batch[i].Delivery.Failure;
            if (failure is not null) _spans[i]?.SetTag("error.type", failure.GetType().Name).SetStatus(ActivityStatusCode.Error);
            _spans[i]?.Dispose();
            BusMetrics.Processed(_queue, elapsed, failure);
        }
    }
}
