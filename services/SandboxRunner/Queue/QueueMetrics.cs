using System.Diagnostics.Metrics;
using AutoDev.ServiceDefaults;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>What /metrics says of the queue.</summary>
static class QueueMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);

    static readonly Histogram<double> Wait = Meter.CreateHistogram(
        "autodev.sandbox.queue.wait", "s", "From writing a request down to its start", advice: Telemetry.Seconds);

    static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "autodev.sandbox.run.duration", "s", "From a request's start to its answer", advice: Telemetry.Seconds);

    static readonly Gauge<long> Length = Meter.CreateGauge<long>(
        "autodev.sandbox.queue.length", unit: "{request}", description: "Requests of all instances that wait or run, as each instance sees them");

    static readonly Gauge<double> Oldest = Meter.CreateGauge<double>(
        "autodev.sandbox.queue.oldest", unit: "s", description: "How long the oldest request has waited");

    static readonly Gauge<int> Available = Meter.CreateGauge<int>(
        "autodev.sandbox.engine.available", unit: "{engine}", description: "1 while this instance's engine takes runs, 0 while it is away");

    static readonly Gauge<int> Containers = Meter.CreateGauge<int>(
        "autodev.sandbox.pool.containers", unit: "{container}", description: "This instance's containers: warm, waiting for their workspace's next request, busy");

    static readonly Counter<long> Lost = Meter.CreateCounter<long>(
        "autodev.sandbox.queue.lost", unit: "{request}", description: "Requests that were run again because the instance that ran them was gone");

    static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "autodev.sandbox.queue.refused", unit: "{try}", description: "Tries that ended because the engine was away");

    /// <summary>Shows the counters, once somebody listens: one that begins with its first event has no increase at it.</summary>
    public static void Begin()
    {
        Lost.Add(0);
        Refused.Add(0);
    }

    public static void Started(QueuedRequest request) =>
        Wait.Record(Math.Max(0, (request.StartedAt - request.QueuedAt).TotalSeconds), new KeyValuePair<string, object?>("kind", request.Kind));

    public static void Ended(QueuedRequest request, string status, TimeSpan elapsed) =>
        Duration.Record(elapsed.TotalSeconds, new("status", status), new("kind", request.Kind));

    public static void Counted(long waiting, long running, double oldestSeconds)
    {
        Length.Record(waiting, new KeyValuePair<string, object?>("state", "waiting"));
        Length.Record(running, new KeyValuePair<string, object?>("state", "running"));
        Oldest.Record(oldestSeconds);
    }

    public static void Engine(bool available) => Available.Record(available ? 1 : 0);

    public static void Pool(int warm, int idle, int live)
    {
        Containers.Record(warm, new KeyValuePair<string, object?>("state", "warm"));
        Containers.Record(idle, new KeyValuePair<string, object?>("state", "idle"));
        Containers.Record(live - warm - idle, new KeyValuePair<string, object?>("state", "busy"));
    }

    public static void LostOnes(long count) => Lost.Add(count);

    public static void RefusedOne() => Refused.Add(1);
}
