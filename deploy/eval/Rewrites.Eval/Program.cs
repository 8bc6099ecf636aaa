using System.Globalization;
using System.Text.Json.Nodes;
using AutoDev.Rewrites.Eval;

// Measures the rewrite rules: for every function or program of a file it searches for a faster form, holds the contest against the original, and judges what it
// promotes on inputs that the contest did not see. Everything runs in the sandbox.
if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("usage: rewrites FILE [--skip N] [--limit N] [--only TEXT] [--seed N] [--budget SECONDS] [--explain] [--same CONTESTS] [--local FOLDER]; "
        + "the budget is CPU time for the search of each function; --same holds contests of each source with itself instead; --local runs all on this machine, unconfined, with the rules of a folder (deploy/sandbox)");
    return 2;
}

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
double Number(string name, double otherwise) => Option(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
var rows = File.ReadLines(args[0]).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!)
    .Where(row => Option("--only") is not { } only || row["id"]!.GetValue<string>().Contains(only, StringComparison.Ordinal))
    .Skip((int)Number("--skip", 0)).Take((int)Number("--limit", int.MaxValue)).ToList();
IPython python = Option("--local") is { } folder ? new LocalPython(Path.GetFullPath(folder)) : await SandboxPython.StartAsync();
if (Option("--same") is { } contests)
{
    Console.WriteLine((await SameCode.RunAsync(python, args[0], rows, int.Parse(contests, CultureInfo.InvariantCulture), (int)Number("--seed", 1))).ToJsonString());
    await End();
    return 0;
}

List<RowResult> results = [];
foreach (var row in rows)
{
    var result = await RowResult.OfAsync(python, row, (int)Number("--seed", 1), Number("--budget", 8));
    results.Add(result);
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{results.Count}/{rows.Count} {result.Id} {result.OriginalMs:0.0}ms {Outcome(result)} [{string.Join(' ', result.Rules)}] {result.Seconds:0.0}s"));
    foreach (var wrong in result.Wrong) Console.Error.WriteLine($"  WRONG {wrong}");
    if (args.Contains("--explain") && result.Source.Length > 0) Console.Error.WriteLine(result.Source);
}

await End();
Console.WriteLine(Report.Of(args[0], results).ToJsonString());
return 0;

async Task End()
{
    if (python is IAsyncDisposable sandbox) await sandbox.DisposeAsync();
    (python as IDisposable)?.Dispose();
}

static string Outcome(RowResult result) => result switch
{
    { Skipped: { } why } => $"skipped: {why.ReplaceLineEndings(" ")}",
    { Speedup: { } speedup } => string.Create(CultureInfo.InvariantCulture, $"x{speedup.Ratio:0.00} ({speedup.Low:0.00}..{speedup.High:0.00})"),
    _ => "nothing won",
};
