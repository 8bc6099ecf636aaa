using System.Diagnostics.Metrics;
using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>What /metrics says of runs.</summary>
static class RunMetrics
{
    static readonly Meter Meter = new("AutoDev");

    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "autodev.sandbox.run.duration", unit: "s", description: "From taking up a request to its answer, with the container's start and waiting for the engine");

    public static void Record(SandboxRunCompleted answer, DateTimeOffset startedAt) =>
        Duration.Record((answer.CompletedAt - startedAt).TotalSeconds, new KeyValuePair<string, object?>("status", answer.Status));
}
