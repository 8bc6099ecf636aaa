using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Embeddings;
using AutoDev.Patterns.Eval;

// Measures same-task detection on a file of JSON lines with `text` and `task`: seeded streams of 30 tasks with one to six phrasings each, the texts one at a time as
// failures of one agent; B-cubed precision, recall and F1 of the patterns, means of the streams, beside the baseline's (word overlap of at least one half, first match).
// --turns adds `user_turns` to the text, and `errors` as the error. --singletons takes the file as one stream of which no two texts are the same task.
if (args.Length == 0 || args[0].StartsWith('-') || !File.Exists(args[0]))
{
    Console.Error.WriteLine(args.Length == 0 || args[0].StartsWith('-') ? "patterns FILE [--turns] [--singletons] [--streams 20] [--seed 1]" : $"There is no file {args[0]}.");
    return 2;
}

int Option(string name, int otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
var rows = Row.Read(args[0], args.Contains("--turns"));
using var model = new SentenceModel();
var meanings = new Dictionary<string, float[]>(StringComparer.Ordinal);
var report = new JsonObject { ["file"] = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(args[0]))) + "/" + Path.GetFileName(args[0]), ["texts"] = rows.Count };
if (args.Contains("--singletons"))
{
    new Random(Option("--seed", 1)).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows));
    report["swallowed"] = Round(FailureStream.Swallowed(FailureStream.Detect(rows, MeaningOf)));
    report["baseline_swallowed"] = Round(FailureStream.Swallowed(FailureStream.Baseline(rows)));
}
else
{
    var streams = Enumerable.Range(Option("--seed", 1), Option("--streams", 20)).Select(seed => FailureStream.Of(rows, new Random(seed))).ToList();
    var found = streams.Select(s => BCubed.Of(FailureStream.Detect(s, MeaningOf), s)).ToList();
    report["streams"] = streams.Count;
    report["precision"] = Round(found.Average(f => f.Precision));
    report["recall"] = Round(found.Average(f => f.Recall));
    report["f1"] = Round(found.Average(f => f.F1));
    report["baseline_f1"] = Round(streams.Average(s => BCubed.Of(FailureStream.Baseline(s), s).F1));
}

Console.WriteLine(report.ToJsonString(new JsonSerializerOptions()));
return 0;

float[] MeaningOf(string text) => meanings.TryGetValue(text, out var known) ? known : meanings[text] = model.DirectionOf(text);

static double Round(double value) => Math.Round(value, 4);
