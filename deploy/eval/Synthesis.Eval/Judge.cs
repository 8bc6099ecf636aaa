using System.Text.Json;

namespace AutoDev.Synthesis.Eval;

/// <summary>Runs a function on inputs.</summary>
interface IPython
{
    /// <summary>For each input the JSON of the value, null where there is none.</summary>
    Task<IReadOnlyList<string?>> RunAsync(string source, string function, IReadOnlyList<string> inputs);
}

static class Judge
{
    /// <summary>The first example on which the function is wrong, for people; null where it is right on all.</summary>
    public static async Task<string?> FirstWrongAsync(IPython python, string source, IReadOnlyList<Example> examples)
    {
        var values = await python.RunAsync(source, "solve", [.. examples.Select(example => example.Input.GetRawText())]);
        for (var i = 0; i < examples.Count; i++)
        {
            if (values[i] is { } json && Same(JsonElement.Parse(json), examples[i].Output)) continue;
            var text = $"{examples[i].Input.GetRawText()} wants {examples[i].Output.GetRawText()} but gives {values[i] ?? "nothing"}";
            return text.Length > 600 ? text[..600] : text;
        }

        return null;
    }

    /// <summary>Equal as JSON; numbers to nine digits, whether whole or not, as they come from other languages.</summary>
    static bool Same(JsonElement one, JsonElement other)
    {
        if (one.ValueKind != other.ValueKind) return false;
        return one.ValueKind switch
        {
            JsonValueKind.Number => Math.Abs(one.GetDouble() - other.GetDouble()) <= 1e-9 * Math.Max(Math.Abs(one.GetDouble()), Math.Abs(other.GetDouble())),
            JsonValueKind.String => one.GetString() == other.GetString(),
            JsonValueKind.Array => one.GetArrayLength() == other.GetArrayLength() && one.EnumerateArray().Zip(other.EnumerateArray(), Same).All(same => same),
            JsonValueKind.Object => one.EnumerateObject().Count() == other.EnumerateObject().Count()
                && one.EnumerateObject().All(member => other.TryGetProperty(member.Name, out var value) && Same(member.Value, value)),
            _ => true,
        };
    }
}
