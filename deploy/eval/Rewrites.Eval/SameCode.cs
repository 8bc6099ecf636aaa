using System.Globalization;
using System.Text.Json.Nodes;
using AutoDev.Evolver.Contests;

namespace AutoDev.Rewrites.Eval;

/// <summary>Contests of a source with itself, in fresh processes like any other: whoever wins one won by chance.</summary>
static class SameCode
{
    /// <summary>Holds so many contests, the rows in turn, each with another seed.</summary>
    public static async Task<JsonObject> RunAsync(IPython python, string file, IReadOnlyList<JsonNode> rows, int contests, int seed)
    {
        List<(JsonNode Row, JsonNode Made)> usable = [];
        foreach (var row in rows)
        {
            var (planned, _) = await python.CallAsync("planned", new() { ["row"] = row.DeepClone(), ["seed"] = seed });
            if (planned is { } made && JsonNode.Parse(made.GetRawText()) is { } how) usable.Add((row, how));
        }

        List<Speedup> ratios = [];
        var undecided = 0;
        for (var i = 0; i < contests && usable.Count > 0; i++)
        {
            var (row, made) = usable[i % usable.Count];
            var times = await python.MeasureAsync(row, made, row["slow"]!.GetValue<string>(), seed + i);
            if (times?.Compare(Speedup.Confidence) is { } ratio) ratios.Add(ratio);
            else undecided++;
            if ((i + 1) % 10 == 0) Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1}/{contests}: {ratios.Count(r => r.IsWin)} won by chance"));
        }

        return new()
        {
            ["file"] = file,
            ["functions"] = usable.Count,
            ["contests"] = ratios.Count,
            ["undecided"] = undecided,
            ["false_wins"] = ratios.Count(r => r.IsWin),
            ["false_win_share"] = ratios.Count == 0 ? null : Math.Round((double)ratios.Count(r => r.IsWin) / ratios.Count, 4),
            ["beyond_one"] = ratios.Count(r => r.Low > 1 || r.High < 1),
            ["median_ratio"] = ratios.Count == 0 ? null : Math.Round(ratios.Select(r => r.Ratio).Order().ElementAt(ratios.Count / 2), 4),
        };
    }
}
