using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>A skill as a tool. Its texts are a model's, and approved by a person; they are bounded all the same.</summary>
static partial class SkillTool
{
    const int LongestDescription = 2000;
    const int LongestHint = 200;

    static readonly JsonElement Output = JsonElement.Parse(
        """{"type": "object", "properties": {"result": {"description": "What the function returned."}}, "required": ["result"]}""");

    /// <summary>Pure: whether every client can call a tool of this name.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <summary>Pure.</summary>
    public static Tool Of(SkillVersion skill) => new()
    {
        Name = skill.SkillName,
        Description = Text(skill.Signature?.Docstring is { Length: > 0 } docstring ? docstring : skill.Description, LongestDescription),
        InputSchema = InputSchema(skill),
        OutputSchema = Output,
        // It runs in a sandbox without a network and without files that stay.
        Annotations = new() { Title = Text(skill.SkillName.Replace('_', ' '), LongestHint), ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        Meta = new() { ["autodev/version"] = skill.Version },
    };

    /// <summary>Pure: what the arguments must be. Of versions that were proven before signatures were read only the names are known.</summary>
    public static JsonElement InputSchema(SkillVersion skill) => InputSchema(skill.Signature, skill.Parameters);

    /// <summary>Pure: the same of a function that is no version, or not yet.</summary>
    public static JsonElement InputSchema(FunctionSignature? signature, IReadOnlyList<string> names)
    {
        var parameters = signature?.Parameters ?? [.. names.Select(name => new FunctionParameter { Name = name, IsOptional = true })];
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var parameter in parameters.Where(p => p.Kind is "positional_or_keyword" or "keyword_only"))
        {
            properties[parameter.Name] = PropertyOf(parameter);
            if (!parameter.IsOptional) required.Add(parameter.Name);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0) schema["required"] = required;
        if (parameters.All(p => p.Kind != "var_keyword")) schema["additionalProperties"] = false;
        return JsonSerializer.SerializeToElement(schema);
    }

    static JsonObject PropertyOf(FunctionParameter parameter)
    {
        var schema = Parsed(parameter.SchemaJson) as JsonObject ?? [];
        if (schema.Count == 0 && parameter.Hint is { } hint) schema["description"] = $"Python type: {Text(hint, LongestHint)}";
        if (parameter.DefaultJson is { } value && PortableJson.Problem(value) is null) schema["default"] = JsonNode.Parse(value);
        return schema;
    }

    static JsonNode? Parsed(string? json) => json is not null && PortableJson.Problem(json) is null ? JsonNode.Parse(json) : null;

    /// <summary>Pure: text of others without control characters but the line's end, cut.</summary>
    static string Text(string text, int longest)
    {
        var runes = text.EnumerateRunes().Where(c => c.Value == '\n' || !Rune.IsControl(c)).Take(longest + 1).ToList();
        return string.Concat(runes.Take(longest)) + (runes.Count > longest ? "…" : "");
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]{1,64}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
