using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Evolver.Contests;

namespace AutoDev.Rewrites.Eval;

/// <summary>What became of one row.</summary>
/// <param name="Id">The file's name for it.</param>
/// <param name="Skipped">Why it was not measured.</param>
/// <param name="OriginalMs">CPU milliseconds of the original on the contest's large input.</param>
/// <param name="Speedup">The promoted form's, on an input that the search did not see; <c>null</c> where nothing was promoted.</param>
/// <param name="Rules">Which rules made the promoted form.</param>
/// <param name="Source">The promoted form.</param>
/// <param name="Wrong">What it does otherwise than the original on inputs that the contest did not see, for people; empty where nothing.</param>
/// <param name="Asked">On how many such inputs it was compared.</param>
/// <param name="Seconds">How long search, measurement and the decision took.</param>
sealed record RowResult(
    string Id, string? Skipped, double OriginalMs, Speedup? Speedup, IReadOnlyList<string> Rules, string Source, IReadOnlyList<string> Wrong, int Asked,
    double Seconds)
{
    /// <summary>How many forms are measured before a row is given up.</summary>
    const int MostMeasured = 2;

    /// <summary>Searches, holds the contest, and judges what it promotes.</summary>
    public static async Task<RowResult> OfAsync(IPython python, JsonNode row, int seed, double budget)
    {
        var id = row["id"]!.GetValue<string>();
        var begun = TimeProvider.System.GetTimestamp();
        double Seconds() => TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        RowResult Not(string? skipped, double milliseconds) => new(id, skipped, milliseconds, null, [], "", [], 0, Seconds());

        var (found, failed) = await python.CallAsync("contest", new() { ["row"] = row.DeepClone(), ["seed"] = seed, ["seconds"] = budget });
        if (found is not { } contest) return Not(failed, 0);
        if (contest.TryGetProperty("skipped", out var why)) return Not(why.GetString(), 0);
        var milliseconds = contest.GetProperty("original_ms") is { ValueKind: JsonValueKind.Number } ms ? ms.GetDouble() : 0;
        if (!contest.GetProperty("slow_enough").GetBoolean()) return Not("it takes less than a millisecond", milliseconds);

        var made = JsonNode.Parse(contest.GetProperty("made").GetRawText())!;
        foreach (var form in contest.GetProperty("forms").EnumerateArray().Take(MostMeasured))
        {
            var source = form.GetProperty("source").GetString()!;
            var times = await python.MeasureAsync(row, made, source, seed);
            if (times?.Compare(Speedup.Confidence) is not { IsWin: true } speedup) continue;
            var seconds = Seconds();
            var (judged, broke) = await python.CallAsync(
                "judge", new() { ["row"] = row.DeepClone(), ["made"] = made.DeepClone(), ["candidate"] = source, ["seed"] = seed });
            IReadOnlyList<string> wrong = judged is { } verdict
                ? [.. verdict.GetProperty("wrong").EnumerateArray().Select(w => w.GetRawText())]
                : [$"it could not be judged: {broke}"];
            return new(id, null, milliseconds, speedup, [.. form.GetProperty("rules").EnumerateArray().Select(r => r.GetString()!)], source, wrong,
                judged?.GetProperty("asked").GetInt32() ?? 0, seconds);
        }

        return Not(null, milliseconds);
    }
}
