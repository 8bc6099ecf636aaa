using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Bus.Bench;
using AutoDev.Ingest.Bench;
using AutoDev.Testing;

// Durable ingest: from the waiting message until the episode is stored, its failure is filed, what follows is at the broker and nothing is left behind.
const int AsLongAsIngest = 4;
int Option(string name, int otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
var (rounds, episodes) = (Option("--rounds", 3), Option("--episodes", 40_000));
var workload = new Workload(Option("--agents", 200), Option("--tasks", 30));
var results = new SortedDictionary<string, List<double>>(StringComparer.Ordinal);
void Add(string name, double value) => (results.TryGetValue(name, out var known) ? known : results[name] = []).Add(value);

await using (var installation = await TestInstallation.CreateAsync())
await using (var broker = await RawBroker.ConnectAsync(installation.Broker))
await using (var reflection = await Reflection.StartAsync(installation, broker, workload))
await using (var database = await RawDatabase.CreateAsync(installation))
{
    for (var i = 0; i < 2; i++) await reflection.IngestAsync(workload.Make(episodes)); // compiles it, and again what is used much; every agent has met its tasks
    await reflection.PostAsync(workload.Make(2000), 8, 100);
    await reflection.PostAsync(workload.Make(500), 32, 1);
    await broker.DeclareAsync("bench-raw");
    for (var round = 0; round < rounds; round++)
    {
        var messages = workload.Make(episodes);
        var bodies = messages.ConvertAll(m => m.Json);
        Add("raw_burst_per_s", await broker.PublishAsync("bench-raw", bodies));
        await broker.PurgeAsync("bench-raw");

        // For about as long as the ingest takes: what a broker puts off for a second it has to do within five.
        Add("raw_publish_per_s", await broker.PublishAsync("bench-raw", [.. Enumerable.Repeat(bodies, AsLongAsIngest).SelectMany(all => all)]));
        await broker.PurgeAsync("bench-raw");
        Add("raw_rows_per_s", await database.InsertAsync(messages));
        var (rate, cpu) = await reflection.IngestAsync(messages);
        Add("episodes_per_s", rate);
        Add("service_cpu_us_per_episode", cpu);
        Add("http_episodes_per_s", await reflection.PostAsync(workload.Make(episodes / 4), clients: 8, atOnce: 100));
        Add("http_single_episodes_per_s", await reflection.PostAsync(workload.Make(episodes / 20), clients: 32, atOnce: 1));
        Console.Error.WriteLine($"round {round + 1}: " + string.Join(", ", results.Select(r => $"{r.Key} {r.Value[^1]:0}")));
    }

    Add("patterns", await reflection.PatternsAsync());
}

var report = new JsonObject();
foreach (var (name, values) in results) report[name] = Math.Round(Median(values));
report["ratio"] = Math.Round(Median(results["episodes_per_s"]) / Median(results["raw_publish_per_s"]), 3);
report["ratios"] = new JsonArray([.. results["episodes_per_s"].Zip(results["raw_publish_per_s"], (one, other) => (JsonNode)Math.Round(one / other, 3))]);
report["rounds"] = rounds;
report["episodes"] = episodes;
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
