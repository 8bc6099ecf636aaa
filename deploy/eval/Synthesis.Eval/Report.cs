using System.Globalization;
using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Eval;

/// <summary>Counts the verdicts: together, by kind and by half, each for every number of shown examples.</summary>
sealed class Report
{
    sealed class Tally
    {
        public int Tasks, Emitted, Solved;
    }

    readonly SortedDictionary<(string Group, int Shown), Tally> _tallies = [];
    readonly List<double> _seconds = [];

    public void Add(BenchmarkTask task, int shown, bool isEmitted, bool isRight, double seconds)
    {
        _seconds.Add(seconds);
        foreach (var group in new[] { "", task.Kind, task.Half })
        {
            if (!_tallies.TryGetValue((group, shown), out var tally)) _tallies[(group, shown)] = tally = new();
            tally.Tasks++;
            if (isEmitted) tally.Emitted++;
            if (isRight) tally.Solved++;
        }
    }

    public JsonObject ToJson(string file)
    {
        var json = new JsonObject { ["file"] = file };
        foreach (var ((group, shown), tally) in _tallies)
        {
            var place = json;
            if (group.Length > 0) place = json[group] as JsonObject ?? (JsonObject)(json[group] = new JsonObject());
            var k = shown.ToString(CultureInfo.InvariantCulture);
            place[$"tasks_{k}"] = tally.Tasks;
            place[$"solved_{k}"] = tally.Solved;
            place[$"emitted_{k}"] = tally.Emitted;
            place[$"solved_share_{k}"] = Math.Round((double)tally.Solved / tally.Tasks, 3);
            place[$"right_of_emitted_{k}"] = tally.Emitted == 0 ? null : Math.Round((double)tally.Solved / tally.Emitted, 3);
        }

        if (_seconds.Count == 0) return json;
        _seconds.Sort();
        json["p50_s"] = Math.Round(_seconds[_seconds.Count / 2], 3);
        json["p95_s"] = Math.Round(_seconds[(int)(_seconds.Count * 0.95)], 3);
        return json;
    }
}
