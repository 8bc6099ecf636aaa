using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.OperatorConsole.Backends;

namespace AutoDev.OperatorConsole.Review;

/// <summary>What the checks and results say, as the page shows it. Pure.</summary>
static partial class Evidence
{
    const int LongestShown = 400;
    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where a check's evidence names lines (<c>line 3: …; line 7: …</c>), what it says of each.</summary>
    public static IReadOnlyDictionary<int, string> ByLine(IEnumerable<CheckShown> checks) => checks
        .Where(c => c.Verdict is "failed" or "warning")
        .SelectMany(c => OfLine().Matches(c.Evidence).Select(m => (Line: int.Parse(m.Groups["line"].Value, CultureInfo.InvariantCulture), What: m.Groups["what"].Value.Trim())))
        .GroupBy(f => f.Line)
        .ToDictionary(g => g.Key, g => string.Join("; ", g.Select(f => f.What).Distinct(StringComparer.Ordinal)));

    /// <summary>JSON on one line, cut where it is too long to read.</summary>
    public static string Short(JsonElement? json)
    {
        if (json is not { ValueKind: not JsonValueKind.Undefined } value) return "null";
        var text = JsonSerializer.Serialize(value, Readable);
        return text.Length <= LongestShown ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, LongestShown)}… ({text.Length:N0} characters)");
    }

    /// <summary>A text on one line, cut where it is longer.</summary>
    public static string Cut(string text, int longest = 40) => text.ReplaceLineEndings(" ") is var line && line.Length <= longest ? line : line[..(longest - 1)] + "…";

    /// <summary>Why a call did not return, in words.</summary>
    public static string Stopped(string? ended) => ended switch
    {
        "exception" => "Raised an exception",
        "timeout" => "Stopped, since it took too long",
        "out_of_memory" => "Stopped, since it needed too much memory",
        "killed" => "Died without an answer",
        "output_too_large" => "Stopped, since its output was too large",
        "result_not_json" => "Returned what is not JSON",
        "not_run" or null => "Not run",
        _ => Title(ended),
    };

    /// <summary>Why nothing was called at all, in words.</summary>
    public static string NotRun(string status) => status switch
    {
        "load_failed" => "The code could not be loaded",
        "sandbox_unavailable" => "The sandbox is not available, and nothing ran",
        "invalid_request" => "The sandbox does not take this",
        "cancelled" => "The run was cancelled",
        _ => Title(status),
    };

    /// <summary>Arguments that were used in examples; those that it has a right answer for first.</summary>
    public static IReadOnlyList<JsonElement> Examples(IEnumerable<ResultShown> results) =>
        [.. results.Where(r => r is { Kind: "seen" or "held_out" or "unanswered", Input.ValueKind: JsonValueKind.Object }).OrderBy(r => r.Kind == "unanswered").Select(r => r.Input!.Value)];

    /// <summary>What an archive says of itself, one line each; what it says at length is left to the API.</summary>
    public static IReadOnlyList<(string Name, string Said)> Claims(JsonElement? claimed) => claimed is { ValueKind: JsonValueKind.Object } value
        ? [.. value.EnumerateObject().Where(m => m.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number).Select(m => (m.Name, m.Value.ValueKind == JsonValueKind.String ? m.Value.GetString()! : m.Value.GetRawText()))
            .Where(c => c.Item2.Length is > 0 and <= LongestShown)]
        : [];

    /// <summary>How one call ended, in words.</summary>
    public static string Ended(string? ended, string? exceptionType, string? message) => ended switch
    {
        null => "not run yet",
        "ok" => "returned",
        "exception" => $"{exceptionType}: {message}",
        _ => $"{ended.Replace('_', ' ')}{(message is { Length: > 0 } ? $": {message}" : "")}",
    };

    /// <summary>Where a candidate stands, for a person.</summary>
    public static string Status(string status) => status switch
    {
        "validated" => "Waits for a person",
        "generating" => "Being written",
        "proposed" => "In the sandbox",
        "promoted" or "approved" => "Approved",
        _ => Title(status),
    };

    public static string Title(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..].Replace('_', ' ');

    /// <summary>A form's JSON text as what the sandbox takes; or what is wrong with it.</summary>
    public static (JsonElement? Input, string? Wrong) ReadInput(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (document.RootElement.Clone(), null)
                : (null, "The input must be a JSON object: the arguments by name.");
        }
        catch (JsonException e)
        {
            return (null, $"This is not JSON: {e.Message}");
        }
    }

    [GeneratedRegex(@"\bline (?<line>\d{1,6}): (?<what>[^;]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfLine();
}
