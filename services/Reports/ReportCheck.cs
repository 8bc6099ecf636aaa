using System.Text.Json;

namespace AutoDev.Reports;

/// <summary>Collects what is wrong with a report, in words that tell how it should be.</summary>
public sealed class ReportCheck
{
    /// <summary>Longest error with its trace, in characters; more is cut.</summary>
    public const int MaxErrorTrace = 64 * 1024;

    /// <summary>Longest JSON of a property, in characters.</summary>
    public const int MaxJson = 256 * 1024;

    const int MaxId = 200;
    const int MaxNames = 100;

    readonly SortedDictionary<string, string> _errors = new(StringComparer.Ordinal);

    /// <summary>What is wrong so far, by property.</summary>
    public IReadOnlyDictionary<string, string> Errors => _errors;

    /// <summary>A value as its JSON text; <c>null</c> where it is not there.</summary>
    public static string? Json(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText();

    /// <summary>Of a property that is an object where it is there at all.</summary>
    public static string? ObjectJson(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Json(value);

    /// <summary>PostgreSQL's JSON has no NUL character.</summary>
    public static string Clean(string text, int longest = int.MaxValue) => (text.Length > longest ? text[..longest] : text).Replace('\0', '\uFFFD');

    /// <summary>Notes a fault; the first of a property stands.</summary>
    public T? Fail<T>(string property, string what)
    {
        _errors.TryAdd(property, $"{property} {what}");
        return default;
    }

    /// <summary>A required id.</summary>
    public void Id(string property, string? value)
    {
        Text(property, value, MaxId);
        if (value?.Any(char.IsControl) == true) Fail<int>(property, "must not contain control characters.");
    }

    /// <summary>A required text.</summary>
    public void Text(string property, string? value, int longest)
    {
        if (string.IsNullOrWhiteSpace(value)) Fail<int>(property, "is required.");
        else if (IsLongerThan(value, longest)) Fail<int>(property, $"must be at most {longest} characters.");
    }

    /// <summary>An object, where it is there.</summary>
    public void JsonObject(string property, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null)) Fail<int>(property, "must be a JSON object.");
        Size(property, value);
    }

    /// <summary>Any JSON that can be kept.</summary>
    public void Size(string property, JsonElement value)
    {
        if (Json(value) is not { } json) return;
        if (json.Length > MaxJson) Fail<int>(property, $"must be at most {MaxJson} characters of JSON.");
        else if (json.Contains("\\ud", StringComparison.OrdinalIgnoreCase) && !IsUnicode(value)) Fail<int>(property, "has text with half a surrogate pair, which no program can print.");
    }

    // In characters, as JSON Schema counts; .NET counts some of them twice.
    static bool IsLongerThan(string text, int longest) => text.Length > longest && text.EnumerateRunes().Count() > longest;

    static bool IsUnicode(JsonElement value)
    {
        try
        {
            _ = JsonSerializer.SerializeToUtf8Bytes(value);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            return false;
        }
    }

    /// <summary>A number, where it is there.</summary>
    public void Range(string property, double? value, double lowest, double highest)
    {
        if (value is { } number && !(number >= lowest && number <= highest)) Fail<int>(property, $"must be from {lowest} to {highest}.");
    }

    /// <summary>A list of names, where it is there.</summary>
    public void Names(string property, IReadOnlyList<string>? names)
    {
        if (names is null) return;
        if (names.Count > MaxNames) Fail<int>(property, $"must have at most {MaxNames} entries.");
        if (names.Any(name => string.IsNullOrWhiteSpace(name) || IsLongerThan(name, MaxId) || name.Contains('\0', StringComparison.Ordinal))) Fail<int>(property, $"must hold names of at most {MaxId} characters.");
    }
}
