using System.Text.Json.Nodes;
using AutoDev.SandboxRunner.Scan;

namespace AutoDev.Scan.Eval;

/// <summary>Counts verdicts against labels. A source is flagged where a finding is medium or high, or where the scan gave no answer.</summary>
sealed class Score
{
    readonly List<(LabelledSource Row, bool Flagged)> _judged = [];
    readonly List<double> _milliseconds = [];
    int _failed;

    public void Add(LabelledSource row, Scanned scanned)
    {
        _milliseconds.Add(scanned.WallMs);
        if (scanned.Findings is null) _failed++;
        if (row.IsVulnerable is not null) _judged.Add((row, scanned.IsFlagged));
    }

    public JsonObject Report()
    {
        var vulnerable = _judged.Where(j => j.Row.IsVulnerable == true).ToList();
        var safe = _judged.Where(j => j.Row.IsVulnerable == false).ToList();
        var (found, falsely) = (vulnerable.Count(j => j.Flagged), safe.Count(j => j.Flagged));

        // A pair is one vulnerable source and one repaired: groups of another shape are none.
        var pairs = _judged.Where(j => j.Row.Pair is not null).GroupBy(j => j.Row.Pair, StringComparer.Ordinal)
            .Where(g => g.Count(j => j.Row.IsVulnerable == true) == 1 && g.Count(j => j.Row.IsVulnerable == false) == 1).ToList();
        var told = pairs.Count(g => g.All(j => j.Flagged == j.Row.IsVulnerable));
        _milliseconds.Sort();
        return new JsonObject
        {
            ["precision"] = Share(found, found + falsely), ["recall"] = Share(found, vulnerable.Count), ["false_alarm_rate"] = Share(falsely, safe.Count),
            ["pairs_told_apart"] = Share(told, pairs.Count), ["vulnerable"] = vulnerable.Count, ["safe"] = safe.Count, ["pairs"] = pairs.Count,
            ["without_answer"] = _failed, ["p50_ms"] = Quantile(0.5), ["p95_ms"] = Quantile(0.95),
        };
    }

    static JsonNode? Share(int part, int whole) => whole == 0 ? null : Math.Round((double)part / whole, 4);

    double? Quantile(double share) => _milliseconds.Count == 0 ? null : Math.Round(_milliseconds[(int)(share * (_milliseconds.Count - 1))], 1);
}
