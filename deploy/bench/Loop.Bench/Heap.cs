using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Diagnostics.NETCore.Client;

namespace AutoDev.Loop.Bench;

/// <summary>What a service holds: its managed memory right after a full collection. What the kernel counts grows with garbage that nobody was in need to collect.</summary>
static partial class Heap
{
    const long CollectFully = 0x800000; // GCHeapCollect: a session with this keyword begins with a full, blocking collection
    const double BytesPerMib = 1 << 20;

    // The answer of /metrics is kept for 300 ms.
    static readonly TimeSpan UntilMetricsAreNew = TimeSpan.FromMilliseconds(400);

    /// <summary>Collects in the process, then reads how much is left, in MiB.</summary>
    /// <param name="process">A .NET process of the same user.</param>
    /// <param name="metrics">Its Prometheus page.</param>
    /// <param name="http">For the page.</param>
    /// <param name="stop">Ends the waiting.</param>
    public static async Task<double> HeldAsync(int process, Uri metrics, HttpClient http, CancellationToken stop)
    {
        var client = new DiagnosticsClient(process);
        using (var session = await client.StartEventPipeSessionAsync([new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectFully)], requestRundown: false, token: stop))
        {
            var drained = session.EventStream.CopyToAsync(Stream.Null, stop);
            await session.StopAsync(stop);
            await drained;
        }

        await Task.Delay(UntilMetricsAreNew, stop);
        return Generations().Matches(await http.GetStringAsync(metrics, stop)).Sum(m =>
            (m.Groups["holes"].Success ? -1 : 1) * double.Parse(m.Groups["bytes"].Value, CultureInfo.InvariantCulture)) / BytesPerMib;
    }

    // A heap's size counts the holes in it too, which are free: in the heap of large objects they come and go with each run's texts.
    [GeneratedRegex(@"^dotnet_gc_last_collection_heap(?<holes>_fragmentation)?_size_bytes\{[^}]*\} (?<bytes>[0-9.eE+]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Generations();
}
