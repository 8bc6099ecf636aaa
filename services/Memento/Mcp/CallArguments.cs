using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Reports;
using AutoDev.ServiceDefaults.Persistence;
using Json.Schema;

namespace AutoDev.Memento.Mcp;

/// <summary>What a caller gave, held against the tool's schema.</summary>
static class CallArguments
{
    const int MostFaults = 5;

    /// <summary>Pure: the JSON text of an object, or what is wrong with it, in words that tell a model how to do better.</summary>
    public static (string Json, string? Fault) Read(IDictionary<string, JsonElement>? given, JsonElement schema)
    {
        var json = JsonText(given);
        if (json.Length > ReportCheck.MaxJson) return (json, $"The arguments are too large: {json.Length:N0} characters of JSON, and {ReportCheck.MaxJson:N0} are the most.");
        if (PortableJson.Problem(json, JsonValueKind.Object) is { } problem) return (json, $"The arguments cannot be used: {problem}.");

        var result = JsonSchema.FromText(schema.GetRawText()).Evaluate(JsonNode.Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (result.IsValid) return (json, null);
        var faults = Faults(result, schema, given).Distinct(StringComparer.Ordinal).Take(MostFaults);
        return (json, $"The arguments do not fit the tool's inputSchema. {string.Join(" ", faults)}");
    }

    static IEnumerable<string> Faults(EvaluationResults result, JsonElement schema, IDictionary<string, JsonElement>? given)
    {
        if (schema.TryGetProperty("additionalProperties", out _))
        {
            foreach (var unknown in given?.Keys.Where(name => !schema.GetProperty("properties").TryGetProperty(name, out _)) ?? [])
                yield return $"There is no argument {Quote(unknown)}.";
        }

        foreach (var part in result.Details.Where(part => part is { IsValid: false, Errors: not null }))
        {
            foreach (var (keyword, error) in part.Errors!.Where(e => e.Key.Length > 0))
                yield return $"{Where(part.InstanceLocation.ToString())}: {error} ({keyword}).";
        }
    }

    static string Where(string pointer) => pointer.Length == 0 ? "arguments" : Quote(pointer.TrimStart('/'));

    static string Quote(string text) => $"'{(text.Length > 100 ? text[..100] + "…" : text)}'";

    // As it was written, since users' numbers keep their digits.
    static string JsonText(IDictionary<string, JsonElement>? given)
    {
        var text = new StringBuilder("{");
        foreach (var (name, value) in given ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal))
            text.Append(text.Length > 1 ? "," : "").Append(JsonSerializer.Serialize(name)).Append(':').Append(value.GetRawText());
        return text.Append('}').ToString();
    }
}
