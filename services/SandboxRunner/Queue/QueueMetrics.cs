using System.Diagnostics.Metrics;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>What /metrics says of the queue.</summary>
static class QueueMetrics
{
    static readonly Meter Meter = new("AutoDev");

    static readonly Histogram<double> Wait = Meter.CreateHistogram<double>(
        "autodev.sandbox.queue.wait", unit: "s", description: "From writing a request down to its start");

    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "autodev.sandbox.run.duration", unit: "s", description: "From a request's start to its answer");

    static readonly Gauge<long> Length = Meter.CreateGauge<long>(
        "autodev.sandbox.queue.length", description: "Requests of all instances that wait or run, as each instance sees them");

    static readonly Gauge<double> Oldest = Meter.CreateGauge<double>(
        "autodev.sandbox.queue.oldest", unit: "s", description: "How long the oldest request has waited");

    static readonly Gauge<int> Available = Meter.CreateGauge<int>(
        "autodev.sandbox.engine.available", description: "1 while this instance's engine takes runs, 0 while it is away");

    static readonly Gauge<int> Containers = Meter.CreateGauge<int>(
        "autodev.sandbox.pool.containers", description: "This instance's containers: warm ones, those that wait for their workspace's next request, and all others");

    static readonly Counter<long> Lost = Meter.CreateCounter<long>(
        "autodev.sandbox.queue.lost", description: "Requests that were run again because the instance that ran them was gone");

    static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "autodev.sandbox.queue.refused", description: "Tries that ended because the engine was away");

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
