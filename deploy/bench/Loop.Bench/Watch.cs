using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AutoDev.Loop.Bench;

/// <summary>What waits where, and what each part takes, every few seconds.</summary>
sealed partial class Watch(Machine machine, Uri management, string vhost, Func<int> open)
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5), CollectEvery = TimeSpan.FromMinutes(1);

    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };
    readonly List<Sample> _samples = [];
    readonly List<Dictionary<string, double>> _held = [];
    readonly long _begun = Stopwatch.GetTimestamp();
    readonly Dictionary<string, double> _before = machine.ProcessorSeconds();
    readonly (double Busy, double All) _total = Machine.Total();

    /// <summary>Until it is cancelled.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        EachAsync(Every, async () =>
        {
            var sample = await TakeAsync(stop);
            lock (_samples) _samples.Add(sample);
        }, stop),
        EachAsync(CollectEvery, async () =>
        {
            var held = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var (service, process) in machine.Services) held[service] = await Heap.HeldAsync(process, new Uri(machine.AddressOf(service), "metrics"), Http, stop);
            lock (_held) _held.Add(held);
        }, stop));

    static async Task EachAsync(TimeSpan time, Func<Task> measure, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(time);
        do
        {
            try
            {
                await measure();
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or Microsoft.Diagnostics.NETCore.Client.ServerNotAvailableException && !stop.IsCancellationRequested)
            {
                Console.Error.WriteLine($"not measured: {e.Message}");
            }
        }
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(stop));
    }

    /// <summary>Whether what waits at the end is about what waited in the middle: no queue grew.</summary>
    public bool IsFlat() => IsFlat([.. Samples().Select(s => (double)s.Backlog)], Enumerable.Average, ratio: 1.25, more: 5);

    // The first third is for what is made once.
    static bool IsFlat(List<double> values, Func<IEnumerable<double>, double> what, double ratio, double more)
    {
        if (values.Count < 6) return true;
        var third = values.Count / 3;
        var (middle, end) = (what(values.Skip(third).Take(third)), what(values.TakeLast(third)));
        return end <= middle * ratio + more;
    }

    public string Line()
    {
        var last = Samples().LastOrDefault();
        return last is null ? "" : $"{last.Broker} at the broker, {last.Outbox} in outboxes, {last.Sandbox} before the sandbox, {last.Open} turns open";
    }

    /// <summary>Everything that was measured.</summary>
    public JsonObject ToJson()
    {
        var samples = Samples();
        var (busy, all) = Machine.Total();
        var cpu = machine.ProcessorSeconds().Select(p => (p.Key, Seconds: p.Value - _before.GetValueOrDefault(p.Key))).OrderByDescending(p => p.Seconds).ToList();
        var seconds = Math.Max(1, (all - _total.All) / Environment.ProcessorCount);
        return new()
        {
            ["flat"] = IsFlat(),
            ["waiting"] = new JsonArray([.. samples.Select(s => (JsonNode)new JsonArray(Math.Round(s.Second), s.Broker, s.Outbox, s.Sandbox, s.Open))]),
            ["waiting_is"] = "second, at the broker, in outboxes, before the sandbox, turns open",
            ["longest_queue"] = samples.SelectMany(s => s.Queues).GroupBy(q => q.Key, StringComparer.Ordinal).Select(g => (g.Key, Most: g.Max(q => q.Value))).OrderByDescending(q => q.Most).Take(3)
                .Aggregate(new JsonObject(), (json, queue) => { json[queue.Key] = queue.Most; return json; }),
            ["memory_mib"] = new JsonObject([.. machine.Services.Keys.Order(StringComparer.Ordinal).Select(s => new KeyValuePair<string, JsonNode?>(s, Memory([.. samples.Select(x => (x.Second, x.Memory[s]))])))]),
            ["held_mib"] = new JsonObject([.. machine.Services.Keys.Order(StringComparer.Ordinal).Select(s => new KeyValuePair<string, JsonNode?>(s, Held(s)))]),
            ["held_mib_is"] = "managed memory after a full collection, once a minute, with what runs just then; flat: the least of the last third is at most 5 % and 3 MiB above the least of the middle one",
            ["processor_busy"] = Math.Round((busy - _total.Busy) / (all - _total.All), 3),
            ["cores"] = cpu.Aggregate(new JsonObject(), (json, part) => { json[part.Key] = Math.Round(part.Seconds / seconds, 3); return json; }),
        };
    }

    /// <summary>What gave way first, in words.</summary>
    public string Saturated()
    {
        var samples = Samples();
        if (IsFlat()) return "nothing";
        var (first, last) = (samples[samples.Count / 2], samples[^1]);
        var queue = last.Queues.Select(q => (q.Key, Grown: q.Value - first.Queues.GetValueOrDefault(q.Key))).Append(("sandbox queue", last.Sandbox - first.Sandbox))
            .Append(("outboxes", last.Outbox - first.Outbox)).MaxBy(q => q.Item2);
        var report = ToJson();
        var part = report["cores"]!.AsObject().MaxBy(p => p.Value!.GetValue<double>());
        var where = queue.Item2 > 0 ? $"{queue.Item1} grew by {queue.Item2}" : $"turns stayed open, {last.Open} at the end";
        return $"{where}; processors {report["processor_busy"]!.GetValue<double>():P0} busy, most of it {part.Key} with {part.Value} cores";
    }

    JsonObject Held(string service)
    {
        List<double> each;
        lock (_held) each = [.. _held.Select(h => h[service])];
        return new() { ["flat"] = each.Count < 6 ? null : IsFlat(each, Enumerable.Min, ratio: 1.05, more: 3), ["each_minute"] = new JsonArray([.. each.Select(mib => (JsonNode)Math.Round(mib, 1))]) };
    }

    List<Sample> Samples()
    {
        lock (_samples) return [.. _samples];
    }

    async Task<Sample> TakeAsync(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{management.GetLeftPart(UriPartial.Authority).Replace(management.UserInfo + "@", "", StringComparison.Ordinal)}/api/queues/{Uri.EscapeDataString(vhost)}?columns=name,messages"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        using var answer = await Http.SendAsync(request, stop);
        using var told = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(stop));
        var queues = told.RootElement.EnumerateArray().Where(q => q.TryGetProperty("messages", out _)).ToDictionary(q => q.GetProperty("name").GetString()!, q => q.GetProperty("messages").GetInt64(), StringComparer.Ordinal);
        long outbox = 0, sandbox = 0;
        foreach (var service in machine.Services.Keys)
        {
            var metrics = await Http.GetStringAsync(new Uri(machine.AddressOf(service), "metrics"), stop);
            outbox += Pending().Matches(metrics).Sum(m => (long)double.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture));
            sandbox += Waiting().Matches(metrics).Sum(m => (long)double.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture));
        }

        return new(
            Stopwatch.GetElapsedTime(_begun).TotalSeconds, queues, queues.Values.Sum(), outbox, sandbox, open(),
            machine.Services.Keys.ToDictionary(s => s, machine.Memory, StringComparer.Ordinal));
    }

    /// <summary>At the beginning, at the end, and how it rises from the second fifth on, by least squares.</summary>
    static JsonObject Memory(List<(double Second, double Mib)> all)
    {
        var later = all.Skip(all.Count / 5).ToList();
        if (later.Count < 3) return new() { ["start"] = all.Count > 0 ? Math.Round(all[0].Mib) : 0 };
        var (x, y) = (later.Average(s => s.Second), later.Average(s => s.Mib));
        var slope = later.Sum(s => (s.Second - x) * (s.Mib - y)) / later.Sum(s => (s.Second - x) * (s.Second - x));
        return new() { ["start"] = Math.Round(all[0].Mib), ["end"] = Math.Round(all[^1].Mib), ["most"] = Math.Round(all.Max(s => s.Mib)), ["per_minute"] = Math.Round(slope * 60, 2) };
    }

    [GeneratedRegex(@"^autodev_outbox_pending(?:\{[^}]*\})? (?<count>[0-9.eE+]+)", RegexOptions.Multiline, 1000)]
    private static partial Regex Pending();

    [GeneratedRegex("""^autodev_sandbox_queue_length\{[^}]*state="waiting"[^}]*\} (?<count>[0-9.eE+]+)""", RegexOptions.Multiline, 1000)]
    private static partial Regex Waiting();

    sealed record Sample(double Second, Dictionary<string, long> Queues, long Broker, long Outbox, long Sandbox, int Open, Dictionary<string, double> Memory)
    {
        public long Backlog => Broker + Outbox + Sandbox + Open;
    }
}
