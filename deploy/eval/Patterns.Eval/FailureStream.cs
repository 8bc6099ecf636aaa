using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;

namespace AutoDev.Patterns.Eval;

/// <summary>One text and the task that it is of.</summary>
sealed record Row(string Text, string Task, string? Error)
{
    public static List<Row> Read(string file, bool turns)
    {
        var rows = new List<Row>();
        foreach (var line in File.ReadLines(file).Where(l => l.Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            var text = row.GetProperty("text").GetString()!;
            var task = row.TryGetProperty("task", out var named) ? named.ToString() : $"line {rows.Count}";
            rows.Add(turns
                ? new(string.Join('\n', Texts(row, "user_turns").Prepend(text)), task, string.Join('\n', Texts(row, "errors")) is { Length: > 0 } error ? error : null)
                : new(text, task, null));
        }

        return rows;
    }

    static IEnumerable<string> Texts(JsonElement row, string name) => row.TryGetProperty(name, out var texts) ? texts.EnumerateArray().Select(t => t.ToString()) : [];
}

/// <summary>Texts in their order, and the numbers of the patterns that they are filed under.</summary>
static partial class FailureStream
{
    const int Tasks = 30, MostPhrasings = 6, Swallowing = 3;

    public static List<Row> Of(IReadOnlyList<Row> rows, Random random)
    {
        var tasks = rows.GroupBy(r => r.Task, StringComparer.Ordinal).Select(t => t.ToArray()).ToArray();
        random.Shuffle(tasks);
        var stream = tasks.Take(Tasks).SelectMany(task =>
        {
            random.Shuffle(task);
            return task.Take(random.Next(1, MostPhrasings + 1));
        }).ToArray();
        random.Shuffle(stream);
        return [.. stream];
    }

    /// <summary>As Reflection files them.</summary>
    public static List<int> Detect(IReadOnlyList<Row> stream, Func<string, float[]> meaningOf)
    {
        var (patterns, filed, remembered, memory) = (new List<FailurePattern>(), new List<int>(), new Dictionary<Phrasing, Remembered>(), new AgentPhrasings { Since = default });
        foreach (var (number, row) in stream.Index())
        {
            var episode = new Episode
            {
                Id = $"e{number}", AgentId = "a", TaskDescription = row.Text, ErrorTrace = row.Error, Outcome = Outcome.Failure,
                RecordedAt = DateTimeOffset.UnixEpoch.AddMinutes(number),
            };
            var phrasing = Phrasing.Of(episode);
            var asBefore = patterns.FindIndex(p => p.Phrasings.Contains(phrasing));
            var put = remembered.TryGetValue(phrasing, out var known) ? known : remembered[phrasing] = new(phrasing, meaningOf(row.Text));
            var at = asBefore >= 0 || Find(put) is not { } found ? asBefore : patterns.IndexOf(found);
            if (at >= 0) patterns[at] = patterns[at].Join(episode);
            else patterns.Add(FailurePattern.Begin(Guid.NewGuid(), "w", episode));
            filed.Add(at >= 0 ? at : patterns.Count - 1);
            if (asBefore < 0) memory.Put(new(new("w", "a"), patterns[filed[^1]].Id, put), number);
        }

        return filed;

        FailurePattern? Find(Remembered put)
        {
            var near = memory.NearestPatterns(put, SameTask.LookedAt);
            return SameTask.Find(patterns.Where(p => near.Contains(p.Id)).Select(p => (p, (IReadOnlyList<Remembered>)[.. p.Phrasings.Select(q => remembered[q])])), put, memory.Usual);
        }
    }

    /// <summary>The first pattern whose first text has at least half of the words of the longer of both.</summary>
    public static List<int> Baseline(IReadOnlyList<Row> stream)
    {
        var (firsts, filed) = (new List<HashSet<string>>(), new List<int>());
        foreach (var row in stream)
        {
            var words = Word().Matches(row.Text.ToLowerInvariant()).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);
            var at = firsts.FindIndex(f => (double)f.Count(words.Contains) / Math.Max(f.Count, words.Count) >= 0.5);
            if (at < 0) firsts.Add(words);
            filed.Add(at < 0 ? firsts.Count - 1 : at);
        }

        return filed;
    }

    /// <summary>The share of the texts that ended in groups of three or more.</summary>
    public static double Swallowed(IReadOnlyList<int> filed) => filed.GroupBy(f => f).Where(g => g.Count() >= Swallowing).Sum(g => g.Count()) / (double)filed.Count;

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}

/// <summary>B-cubed (Bagga and Baldwin 1998): for each text, how much of its group is of its task, and how much of its task is in its group; the means of all.</summary>
sealed record BCubed(double Precision, double Recall)
{
    public double F1 => 2 * Precision * Recall / (Precision + Recall);

    public static BCubed Of(IReadOnlyList<int> filed, IReadOnlyList<Row> stream)
    {
        var (precision, recall) = (0.0, 0.0);
        for (var i = 0; i < filed.Count; i++)
        {
            var (group, task, both) = (0, 0, 0);
            for (var j = 0; j < filed.Count; j++)
            {
                var (sameGroup, sameTask) = (filed[i] == filed[j], stream[i].Task == stream[j].Task);
                group += sameGroup ? 1 : 0;
                task += sameTask ? 1 : 0;
                both += sameGroup && sameTask ? 1 : 0;
            }

            precision += (double)both / group;
            recall += (double)both / task;
        }

        return new(precision / filed.Count, recall / filed.Count);
    }
}
