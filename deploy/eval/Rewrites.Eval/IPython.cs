using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Evolver.Contests;

namespace AutoDev.Rewrites.Eval;

/// <summary>Where the contests run: in the sandbox, or on this machine.</summary>
interface IPython
{
    /// <summary>The value of a function of contest.py; what went wrong, where there is none.</summary>
    Task<(JsonElement? Value, string? Failed)> CallAsync(string function, JsonObject arguments);

    /// <summary>The times of an original and of one variant on an input that the search did not see; <c>null</c> where one did not end.</summary>
    Task<PairedTimes?> MeasureAsync(JsonNode row, JsonNode made, string variant, int seed);
}

/// <summary>The Python side.</summary>
static class ContestSource
{
    /// <summary>contest.py, for a Python that finds the rewrite rules in this folder.</summary>
    public static string For(string folder)
    {
        using var stream = typeof(ContestSource).Assembly.GetManifestResourceStream("contest.py")!;
        using var reader = new StreamReader(stream);
        return $"import sys\nsys.path.append({Literal(folder)})\n{reader.ReadToEnd()}";
    }

    /// <summary>A module whose <c>call()</c> does what a source does with a large input, once.</summary>
    public static string Measured(string folder, JsonNode row, JsonNode made, string? variant, int seed) =>
        $"""
        {For(folder)}
        import json
        _row = json.loads({Literal(row.ToJsonString())})
        call = measured(_row, json.loads({Literal(made.ToJsonString())}), {(variant is null ? "_row['slow']" : Literal(variant))}, {seed})

        """;

    // JSON's escapes of a text are Python's.
    static string Literal(string text) => JsonSerializer.Serialize(text);
}
