using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Patterns.Bench;
using AutoDev.Testing;

// What deciding on one failure costs, by how much is behind its agent: from the report to the commit, what was put as one before and what was put anew in turns.
int Option(string name, int otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
var (decisions, most) = (Option("--decisions", 200), Option("--most", 1_000_000));
int[] sizes = [.. new[] { 1_000, 100_000, 1_000_000 }.Where(s => s <= most)];
var report = new JsonObject { ["decisions"] = decisions };
var (asBefore, anew) = (new List<double>(), new List<double>());

await using (var installation = await TestInstallation.CreateAsync())
await using (var history = await History.StartAsync(installation))
{
    foreach (var size in sizes)
    {
        await history.GrowAsync(size);
        for (var i = 0; i < decisions / 4; i++) await Decide(i); // compiles, and fills the caches
        var times = new List<(double AsBefore, double Anew)>();
        for (var i = 0; i < decisions; i++) times.Add(await Decide(i));
        asBefore.Add(Median([.. times.Select(t => t.AsBefore)]));
        anew.Add(Median([.. times.Select(t => t.Anew)]));
        report[$"as_before_us_{size}"] = Math.Round(asBefore[^1]);
        report[$"anew_us_{size}"] = Math.Round(anew[^1]);
        report[$"patterns_{size}"] = history.Patterns;
        Console.Error.WriteLine($"{size} episodes, {history.Patterns} patterns: as before {asBefore[^1]:0} us, anew {anew[^1]:0} us");
    }

    async Task<(double AsBefore, double Anew)> Decide(int i) => (await Time(() => history.RecordAsync(history.PutAsBefore(i))), await Time(() => history.RecordAsync(history.PutAnew())));
}

report["as_before_growth"] = Math.Round(asBefore[^1] / asBefore[0], 2);
report["anew_growth"] = Math.Round(anew[^1] / anew[0], 2);
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));

static async Task<double> Time(Func<Task> decide)
{
    var begun = Stopwatch.GetTimestamp();
    await decide();
    return Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
