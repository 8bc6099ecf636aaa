using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Embeddings;
using AutoDev.Memento.Search;
using AutoDev.Skills.Eval;

// Measures the search for skills on a file of JSON lines with `text` and `task`: in each seeded round one text of every task that has two or more becomes
// a skill, and the others are searched for. Recall at 1 and 5, and the mean reciprocal rank of the first 20: as the service ranks, by words alone (as it does
// where the model is away), by the meaning alone, and the baseline's (words in common over words of both). At the end the processor time of a search
// among 10,000 skills of this file's words, in milliseconds; it does not mind what else the machine does.
const int TenThousand = 10_000;
if (args.Length == 0 || args[0].StartsWith('-') || !File.Exists(args[0]))
{
    Console.Error.WriteLine(args.Length == 0 || args[0].StartsWith('-') ? "skills FILE [--rounds 5] [--seed 1]" : $"There is no file {args[0]}.");
    return 2;
}

int Option(string name, int otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length
    ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
var tasks = File.ReadLines(args[0]).Where(l => l.Length > 0).Select(l => JsonElement.Parse(l)).Where(r => r.TryGetProperty("task", out _))
    .GroupBy(r => r.GetProperty("task").ToString(), r => r.GetProperty("text").GetString()!, StringComparer.Ordinal)
    .Select(t => t.Distinct(StringComparer.Ordinal).ToArray()).Where(t => t.Length > 1).ToArray();
using var model = new SentenceModel();
var meanings = tasks.SelectMany(t => t).Distinct(StringComparer.Ordinal).ToDictionary(t => t, model.DirectionOf, StringComparer.Ordinal);
var (both, words, meaning, baseline) = (new Ranks(), new Ranks(), new Ranks(), new Ranks());
for (var round = 0; round < Option("--rounds", 5); round++)
{
    var (random, index, overlap) = (new Random(Option("--seed", 1) + round), new SkillIndex(), new WordOverlap());
    foreach (var (number, texts) in tasks.Index())
    {
        random.Shuffle(texts);
        index.Put(NameOf(number), texts[0], meanings[texts[0]]);
        overlap.Put(NameOf(number), texts[0]);
    }

    foreach (var (number, texts) in tasks.Index())
    {
        foreach (var text in texts.Skip(1))
        {
            both.Count(NameOf(number), [.. index.Search(text, meanings[text], Ranks.Most).Select(h => h.Name)]);
            words.Count(NameOf(number), [.. index.Search(text, [], Ranks.Most).Select(h => h.Name)]);
            meaning.Count(NameOf(number), ByMeaning(meanings[text]));
            baseline.Count(NameOf(number), overlap.Search(text, Ranks.Most));
        }
    }
}

var texts10K = tasks.SelectMany(t => t).ToArray();
var (many, dice) = (new SkillIndex(), new Random(1));
for (var i = 0; i < TenThousand; i++)
{
    var (text, direction) = (texts10K[i % texts10K.Length], new float[384]);
    for (var d = 0; d < direction.Length; d++) direction[d] = meanings[text][d] + (float)((dice.NextDouble() - 0.5) / 10);
    many.Put(NameOf(i), $"{text} {texts10K[dice.Next(texts10K.Length)]}", direction);
}

var asked = texts10K.Take(500).ToArray();
foreach (var text in asked.Take(20)) many.Search(text, meanings[text], 5); // compiled by now
var before = Environment.CpuUsage.TotalTime;
foreach (var text in asked) many.Search(text, meanings[text], 5);
var each = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / asked.Length;

Console.WriteLine(new JsonObject
{
    ["file"] = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(args[0]))) + "/" + Path.GetFileName(args[0]), ["skills"] = tasks.Length,
    ["searches"] = both.Searches,
    ["search"] = both.Report(), ["words"] = words.Report(), ["meaning"] = meaning.Report(), ["baseline"] = baseline.Report(),
    ["among_10000_cpu_ms"] = Math.Round(each, 1),
}.ToJsonString(new JsonSerializerOptions()));
return 0;

IReadOnlyList<string> ByMeaning(float[] asked) =>
    [.. tasks.Index().OrderByDescending(t => TensorPrimitives.Dot<float>(meanings[t.Item[0]], asked)).Take(Ranks.Most).Select(t => NameOf(t.Index))];

static string NameOf(int number) => number.ToString(CultureInfo.InvariantCulture);
