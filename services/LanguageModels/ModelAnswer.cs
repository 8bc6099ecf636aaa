using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.LanguageModels;

/// <summary>Reads strictly what a model answers. Whether a module is any good, only the scan and the sandbox can tell.</summary>
public static partial class ModelAnswer
{
    const int LongestSource = 64 * 1024;
    const int LongestLine = 1000;

    /// <summary>Pure: the answer as one JSON object with exactly these properties; <c>null</c> where it is none.</summary>
    public static JsonElement? Read(string text, params IReadOnlyList<string> properties)
    {
        var json = WithoutFence(text);
        if (PortableJson.Problem(json, JsonValueKind.Object) is not null) return null;
        var answer = JsonElement.Parse(json);
        return answer.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal).SequenceEqual(properties.Order(StringComparer.Ordinal), StringComparer.Ordinal)
            ? answer
            : null;
    }

    /// <summary>Pure: a Python module that defines the function once at its top level; or what is wrong with it, in words of our own. No Python has read it.</summary>
    public static (string? Source, string? Fault) Module(string source, string functionName)
    {
        if (source.Length > LongestSource) return (null, $"The source was longer than {LongestSource:N0} characters.");
        if (source.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))) return (null, "The source had control characters.");
        return Definition().Matches(source).Where(d => d.Groups["name"].Value == functionName).ToList() switch
        {
            [] => (null, $"The source did not define {functionName} at its top level."),
            [var one] when one.Groups["async"].Success => (null, $"{functionName} was a coroutine."),
            [_] => (source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd() + "\n", null),
            _ => (null, $"The source defined {functionName} more than once."),
        };
    }

    /// <summary>Pure: a model's words as one line of at most 1,000 characters.</summary>
    public static string Line(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length > LongestLine ? line[..LongestLine] + "…" : line;
    }

    // Where a model cannot be held to JSON, many put it into a block of Markdown. Exactly one, and nothing around it.
    static string WithoutFence(string text) => Fenced().Match(text.Trim()) is { Success: true } fenced ? fenced.Groups["json"].Value : text;

    [GeneratedRegex(@"^(?<async>async[ \t]+)?def[ \t]+(?<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*\(", RegexOptions.Multiline, 1000)]
    private static partial Regex Definition();

    [GeneratedRegex(@"\A```(?:json)?[ \t]*\r?\n(?<json>\{.*\})\s*```\z", RegexOptions.Singleline, 1000)]
    private static partial Regex Fenced();
}
