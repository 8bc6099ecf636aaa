using AutoDev.OperatorConsole.Activities;
using AutoDev.OperatorConsole.Review;

namespace AutoDev.OperatorConsole.Episodes;

/// <summary>An episode as a person reads it. Pure.</summary>
static class EpisodeWords
{
    public static string Outcome(string outcome) => outcome switch
    {
        "failure" => "failed",
        "success" => "succeeded",
        _ => outcome,
    };

    /// <summary>Of a Python traceback the line that names the exception.</summary>
    public static string LastLine(string? trace) =>
        trace?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines ? Describe.Cut(lines[^1]) : "–";

    /// <summary>What became of what was learned from it.</summary>
    public static string Stage(string stage, string? version) => stage switch
    {
        "published" => $"in the catalog{(version is null ? "" : $" as {version}")}",
        _ => Evidence.Title(stage).ToLowerInvariant(),
    };
}
