using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Generation;

/// <summary>What a model's answer comes to: a module, or the reason why there is none.</summary>
/// <param name="Source">One Python module that defines the function. Not read by any Python yet, and not trusted.</param>
/// <param name="Description">What it does, in the model's words.</param>
/// <param name="Reason">Why there is none.</param>
/// <param name="IsWorthAnotherTry">Whether the model may do better when it is told the reason.</param>
sealed partial record SkillAnswer(string? Source, string Description, string? Reason, bool IsWorthAnotherTry)
{
    const int LongestSource = 64 * 1024;
    const int LongestDescription = 1000;

    /// <summary>No module.</summary>
    public static SkillAnswer None(string reason, bool isWorthAnotherTry) => new(null, "", reason, isWorthAnotherTry);

    /// <summary>Pure: reads strictly. Whether the module is any good, only the scan and the sandbox can tell.</summary>
    public static SkillAnswer Of(string text, string functionName)
    {
        var json = WithoutFence(text);
        if (PortableJson.Problem(json, JsonValueKind.Object) is not null) return Malformed("It was not one JSON object.");
        var answer = JsonElement.Parse(json);
        if (!answer.TryGetProperty("source", out var source) || !answer.TryGetProperty("description", out var description) || answer.EnumerateObject().Count() != 2
            || source.ValueKind != JsonValueKind.String || description.ValueKind != JsonValueKind.String)
            return Malformed("It did not have exactly the two texts source and description.");

        var (module, words) = (source.GetString()!, Line(description.GetString()!));
        if (string.IsNullOrWhiteSpace(module)) return None($"The model wrote nothing{(words.Length == 0 ? "." : $": {words}")}", isWorthAnotherTry: false);
        if (module.Length > LongestSource) return Malformed($"The source was longer than {LongestSource:N0} characters.");
        if (module.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))) return Malformed("The source had control characters.");
        var definitions = Definition().Matches(module).Where(d => d.Groups["name"].Value == functionName).ToList();
        return definitions switch
        {
            [] => Malformed($"The source did not define {functionName} at its top level."),
            [var one] when one.Groups["async"].Success => Malformed($"{functionName} was a coroutine."),
            [_] => new(module.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd() + "\n", words, null, false),
            _ => Malformed($"The source defined {functionName} more than once."),
        };
    }

    static SkillAnswer Malformed(string reason) => None(reason, isWorthAnotherTry: true);

    // Where a model cannot be held to JSON, many put it into a block of Markdown. Exactly one, and nothing around it.
    static string WithoutFence(string text) => Fenced().Match(text.Trim()) is { Success: true } fenced ? fenced.Groups["json"].Value : text;

    static string Line(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length > LongestDescription ? line[..LongestDescription] + "…" : line;
    }

    [GeneratedRegex(@"^(?<async>async[ \t]+)?def[ \t]+(?<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*\(", RegexOptions.Multiline, 1000)]
    private static partial Regex Definition();

    [GeneratedRegex(@"\A```(?:json)?[ \t]*\r?\n(?<json>\{.*\})\s*```\z", RegexOptions.Singleline, 1000)]
    private static partial Regex Fenced();
}
