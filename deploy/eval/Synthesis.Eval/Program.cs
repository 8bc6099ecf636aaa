using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Synthesis;
using AutoDev.Synthesis.Eval;

// Measures the by-example generator: shows it the first k examples of every task and judges the function it writes on all the others.
// usage: synthesis FILE [--k 1,2,3,5] [--only TEXT] [--explain]
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: synthesis FILE [--k 1,2,3,5] [--only TEXT] [--explain]");
    return 2;
}

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
var counts = (Option("--k") ?? "1,2,3,5").Split(',').Select(int.Parse).ToList();
var tasks = File.ReadLines(args[0]).Where(line => line.Length > 0).Select(BenchmarkTask.Parse).Where(task => Option("--only") is not { } only
    || task.Id.Contains(only, StringComparison.Ordinal)).ToList();
var explain = args.Contains("--explain");
var report = new JsonObject { ["file"] = args[0] };
var seconds = new List<double>();
var tallies = new SortedDictionary<string, Tally>(StringComparer.Ordinal);
foreach (var k in counts)
{
    foreach (var task in tasks.Where(task => task.Examples.Count > k))
    {
        var started = Stopwatch.GetTimestamp();
        var result = ByExampleSynthesizer.Synthesize(new SynthesisRequest("solve", "Computes the output of one example", task.Examples.Take(k)
            .ToList(), SynthesisRequest.DefaultBudget));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        seconds.Add(elapsed);
        var verdict = result is Found found ? Judge.FirstWrong(found.Source, task.Examples.Skip(k).ToList()) : null;
        foreach (var group in new[] { "all", task.Kind })
        {
            var tally = tallies.TryGetValue($"{group}_{k}", out var known) ? known : new Tally(0, 0, 0);
            tallies[$"{group}_{k}"] =
                new Tally(tally.Tasks + 1, tally.Emitted + (result is Found ? 1 : 0), tally.Solved + (result is Found && verdict is null ? 1 : 0));
        }

        Console.Error.WriteLine($"{k} {task.Id} {(result is not Found ? "none" : verdict is null ? "right" : "WRONG")} {elapsed:0.000}s");
        if (!explain) continue;
        if (result is Found shown)
            Console.Error.WriteLine($"    {shown.Cost} {shown.Program}\n    {verdict}\n{(Option("--only") is null ? "" : shown.Source)}");
        else Console.Error.WriteLine($"    {((NotFound)result).Reason}");
    }
}

foreach (var (name, tally) in tallies)
{
    report[name] = new JsonObject
    {
        ["tasks"] = tally.Tasks,
        ["solved"] = tally.Solved,
        ["emitted"] = tally.Emitted,
        ["solved_share"] = Math.Round((double)tally.Solved / tally.Tasks, 3),
        ["right_of_emitted"] = tally.Emitted == 0 ? null : Math.Round((double)tally.Solved / tally.Emitted, 3),
    };
}

seconds.Sort();
report["p50_s"] = Math.Round(seconds[seconds.Count / 2], 3);
report["p95_s"] = Math.Round(seconds[(int)(seconds.Count * 0.95)], 3);
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));
return 0;

namespace AutoDev.Synthesis.Eval
{
    sealed record Tally(int Tasks, int Emitted, int Solved);

    sealed record BenchmarkTask(string Id, string Kind, IReadOnlyList<Example> Examples)
    {
        /// <summary>A list of columns becomes the arguments <c>text</c>, or <c>a</c>, <c>b</c>, …; a JSON document becomes <c>data</c>.</summary>
        public static BenchmarkTask Parse(string line)
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            var isDocument = row.TryGetProperty("expr", out _);
            var examples = row.GetProperty("examples").EnumerateArray().Select(example =>
            {
                var input = example.GetProperty("input");
                var arguments = new JsonObject();
                if (isDocument || input.ValueKind != JsonValueKind.Array) arguments["data"] = JsonNode.Parse(input.GetRawText());
                else
                {
                    var columns = input.EnumerateArray().ToList();
                    for (var i = 0; i < columns.Count; i++) arguments[columns.Count == 1 ? "text" : ((char)('a' + i)).ToString()] =
                        JsonNode.Parse(columns[i].GetRawText());
                }

                return Example.Parse(arguments.ToJsonString(), example.GetProperty("output").GetRawText());
            }).ToList();
            return new BenchmarkTask(row.GetProperty("id").GetString()!, row.TryGetProperty("kind", out var kind) ? kind.GetString()! : "json", examples);
        }
    }

    static class Judge
    {
        const string Runner = """
            import json, math, sys

            def same(one, other):
                if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
                    return one is other
                if isinstance(one, (int, float)) and isinstance(other, (int, float)):
                    return math.isclose(one, other, rel_tol=1e-9)
                if type(one) is not type(other):
                    return False
                if isinstance(one, list):
                    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
                if isinstance(one, dict):
                    return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
                return one == other

            job = json.load(sys.stdin)
            space = {"__name__": "skill"}
            exec(compile(job["source"], "skill.py", "exec"), space)
            for number, (arguments, expected) in enumerate(job["examples"]):
                try:
                    output = space["solve"](**arguments)
                except Exception as error:
                    output = repr(error)
                    wrong = True
                else:
                    wrong = not same(output, expected)
                if wrong:
                    print(json.dumps([arguments, expected, output], ensure_ascii=False, default=repr)[:600])
                    break
            """;

        /// <summary>The first example on which the function is wrong, or null when there is none. Runs the function in a process of its own.</summary>
        public static string? FirstWrong(string source, IReadOnlyList<Example> examples)
        {
            var job = new JsonObject
            {
                ["source"] = source,
                ["examples"] = new JsonArray(examples.Select(example =>
                    (JsonNode)new JsonArray(JsonNode.Parse(example.Input.GetRawText()), JsonNode.Parse(example.Output.GetRawText()))).ToArray()),
            };
            using var python = Process.Start(new ProcessStartInfo("python3", ["-I", "-c", Runner]) { UseShellExecute = false, RedirectStandardInput =
                true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = python.StandardOutput.ReadToEndAsync();
            var errors = python.StandardError.ReadToEndAsync();
            python.StandardInput.Write(job.ToJsonString());
            python.StandardInput.Close();
            if (!python.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                python.Kill(entireProcessTree: true);
                return "too slow";
            }

            var said = output.Result + errors.Result;
            return said.Length == 0 ? null : said.Trim();
        }
    }
}
