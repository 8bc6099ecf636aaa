using System.Globalization;
using System.Text.Json.Nodes;

namespace AutoDev.Rewrites.Eval;

/// <summary>Counts the results of a file.</summary>
static class Report
{
    /// <summary>An improvement that counts.</summary>
    const double Improved = 1.2;

    static readonly double[] Thresholds = [1.1, 1.2, 1.5, 2, 5, 10];

    public static JsonObject Of(string file, IReadOnlyList<RowResult> rows)
    {
        List<RowResult> measured = [.. rows.Where(r => r.Skipped is null)];
        List<double> speedups = [.. measured.Select(r => r.Speedup?.Ratio ?? 1).Order()];
        List<double> seconds = [.. measured.Select(r => r.Seconds).Order()];
        return new()
        {
            ["file"] = file,
            ["functions"] = measured.Count,
            ["improved"] = speedups.Count(s => s >= Improved),
            ["improved_share"] = measured.Count == 0 ? null : Math.Round((double)speedups.Count(s => s >= Improved) / measured.Count, 3),
            ["median_speedup"] = measured.Count == 0 ? null : Math.Round(speedups[speedups.Count / 2], 3),
            ["geomean_speedup"] = measured.Count == 0 ? null : Math.Round(Math.Exp(speedups.Average(Math.Log)), 3),
            ["wrong_promotions"] = measured.Count(r => r.Wrong.Count > 0),
            ["promoted"] = measured.Count(r => r.Speedup is not null),
            ["judged_inputs"] = measured.Sum(r => r.Asked),
            ["skipped"] = rows.Count - measured.Count,
            ["p50_s"] = measured.Count == 0 ? null : Math.Round(seconds[seconds.Count / 2], 1),
            ["p95_s"] = measured.Count == 0 ? null : Math.Round(seconds[(int)(seconds.Count * 0.95)], 1),
            ["at_least"] = new JsonObject(Thresholds.Select(t =>
                KeyValuePair.Create(t.ToString(CultureInfo.InvariantCulture), (JsonNode?)speedups.Count(s => s >= t)))),
            ["rules"] = new JsonObject(measured.Where(r => r.Speedup?.Ratio >= Improved).SelectMany(r => r.Rules.Distinct()).CountBy(rule => rule)
                .OrderByDescending(r => r.Value).Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))),
        };
    }
}
