using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Bus.Bench;
using AutoDev.Testing;

// Measures every way to consume a message, store a document and say an event, in interleaved rounds on one machine; medians. Described in Way, Workload and StockOutbox.
string Option(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
var rounds = int.Parse(Option("--rounds", "5"), CultureInfo.InvariantCulture);
var scale = double.Parse(Option("--scale", "1"), CultureInfo.InvariantCulture);
var hops = int.Parse(Option("--hops", "100"), CultureInfo.InvariantCulture);
var concurrency = int.Parse(Option("--concurrency", "32"), CultureInfo.InvariantCulture);
var load = new Load((ushort)(concurrency * 2), concurrency, Connections: concurrency + 8, int.Parse(Option("--batch", "500"), CultureInfo.InvariantCulture), int.Parse(Option("--batches", "2"), CultureInfo.InvariantCulture));
var only = Option("--only", "raw,no_store,one_commit,stock,outbox,batch").Split(',');
var sizes = new Dictionary<string, int>(StringComparer.Ordinal)
{
    ["raw"] = 30_000, ["no_store"] = 12_000, ["one_commit"] = 4_000, ["stock"] = 1_500, ["outbox"] = 4_000, ["batch"] = 20_000,
};
var text = string.Concat(Enumerable.Repeat("A task's error trace or an answer. ", 10));
var results = new SortedDictionary<string, List<double>>(StringComparer.Ordinal);
void Add(string name, params IEnumerable<double> values) => (results.TryGetValue(name, out var known) ? known : results[name] = []).AddRange(values);

var installation = await TestInstallation.CreateAsync();
await using (var broker = await RawBroker.ConnectAsync(installation.Broker))
{
    foreach (var way in Way.All.Where(w => only.Contains(w.Name))) await way.MeasureAsync(installation, broker, load, RawBroker.Envelopes(sizes[way.Name] / 2, text)); // compiles it, and again what is used much
    for (var round = 0; round < rounds; round++)
    {
        if (only.Contains("raw"))
        {
            var messages = RawBroker.Envelopes((int)(sizes["raw"] * scale), text);
            await broker.DeclareAsync("bench-raw");
            Add("raw_publish_per_s", await broker.PublishAsync("bench-raw", messages));
            Add("raw_consume_per_s", await broker.ConsumeAsync("bench-raw", messages.Count));
            Add("hop_raw", await broker.HopsAsync("bench-raw", [.. messages.Take(hops)]));
        }

        foreach (var way in Way.All.Where(w => only.Contains(w.Name)))
        {
            var rate = await way.MeasureAsync(installation, broker, load, RawBroker.Envelopes((int)(sizes[way.Name] * scale), text));
            Add(NameOf(way) + "_per_s", rate);
            var times = hops == 0 ? [] : await way.HopsAsync(installation, broker, load, RawBroker.Envelopes(hops, text));
            Add(way.Name == "outbox" ? "hop" : "hop_" + way.Name, times);
            Console.Error.WriteLine($"round {round + 1} {way.Name}: {rate:0}/s, hop {Quantile(times, 0.5):0.0} ms");
        }
    }
}

await installation.DisposeAsync();
var report = new JsonObject();
foreach (var (name, values) in results.Where(r => r.Value.Count > 0))
{
    if (name.StartsWith("hop", StringComparison.Ordinal))
    {
        report[name + "_p50_ms"] = Math.Round(Quantile(values, 0.5), 2);
        report[name + "_p95_ms"] = Math.Round(Quantile(values, 0.95), 2);
    }
    else
    {
        report[name] = Math.Round(Quantile(values, 0.5));
    }
}

double? Ratio(string one, string other) => report[one] is { } a && report[other] is { } b ? Math.Round(a.GetValue<double>() / b.GetValue<double>(), 2) : null;
report["outbox_ratio"] = Ratio("outbox_per_s", "stock_outbox_per_s");
report["batch_ratio"] = Ratio("outbox_batch_per_s", "stock_outbox_per_s");
report["hop_added_p50_ms"] = report["hop_p50_ms"] is { } hop && report["hop_no_store_p50_ms"] is { } plain ? Math.Round(hop.GetValue<double>() - plain.GetValue<double>(), 2) : null;
report["rounds"] = rounds;
report["prefetch"] = load.Prefetch;
report["concurrency"] = load.Concurrency;
report["batch_size"] = load.BatchSize;
report["batches_at_once"] = load.BatchesAtOnce;
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));

static string NameOf(Way way) => way.Name switch { "stock" => "stock_outbox", "batch" => "outbox_batch", _ => way.Name };

static double Quantile(IReadOnlyList<double> values, double share)
{
    if (values.Count == 0) return 0;
    var sorted = values.Order().ToList();
    return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
