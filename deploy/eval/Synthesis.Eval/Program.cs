using System.Diagnostics;
using System.Globalization;
using AutoDev.Synthesis;
using AutoDev.Synthesis.Eval;
using AutoDev.Synthesis.Search;

// Measures the by-example generator: shows it the first k examples of every task and judges the function it writes on all the others, in the sandbox.
// usage: synthesis FILE [--k 1,2,3,5] [--only TEXT] [--explain] [--bold] [--local]
if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("usage: synthesis FILE [--k 1,2,3,5] [--only TEXT] [--explain] [--bold] [--local]; --bold answers where the generator would refuse; --local runs what was written on this machine, unconfined");
    return 2;
}

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
var counts = (Option("--k") ?? "1,2,3,5").Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture)).ToList();
var only = Option("--only");
var tasks = File.ReadLines(args[0]).Where(line => line.Length > 0).Select(BenchmarkTask.Parse)
    .Where(task => only is null || task.Id.Contains(only, StringComparison.Ordinal)).ToList();
var explain = args.Contains("--explain");
var report = new Report();
IPython python = args.Contains("--local") ? new LocalPython() : await SandboxPython.StartAsync();
foreach (var shown in counts)
{
    foreach (var task in tasks.Where(task => task.CanShow(shown)))
    {
        var started = Stopwatch.GetTimestamp();
        var result = ByExampleSynthesizer.Synthesize(
            new("solve", "Computes the output of one example", [.. task.Examples.Take(shown)], SynthesisRequest.DefaultBudget) { IsCautious = !args.Contains("--bold") });
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var wrong = result is Found found ? await Judge.FirstWrongAsync(python, found.Source, [.. task.Examples.Skip(shown)]) : null;
        report.Add(task, shown, result is Found, result is Found && wrong is null, seconds);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{shown} {task.Id} {(result is not Found ? "none" : wrong is null ? "right" : "WRONG")} {seconds:0.000}s"));
        if (!explain) continue;
        if (result is Found shownCode)
        {
            Console.Error.WriteLine($"# {task.Half} {Features(shownCode.Evidence)}");
            Console.Error.WriteLine($"    {shownCode.Cost} {shownCode.Program}\n    {wrong}\n{(only is null ? "" : shownCode.Source)}");
        }
        else Console.Error.WriteLine($"    {((NotFound)result).Reason}");
    }
}

if (python is IAsyncDisposable sandbox) await sandbox.DisposeAsync();
(python as IDisposable)?.Dispose();
Console.WriteLine(report.ToJson(args[0]).ToJsonString());
return 0;

// What to fit the weights of the confidence by.
static string Features(Evidence? evidence) => evidence is null ? "" : string.Join(' ', evidence.Features.Append(("confidence", evidence.Confidence))
    .Select(feature => string.Create(CultureInfo.InvariantCulture, $"{feature.Item1}={feature.Item2:0.###}")));
