using System.Text.Json;

namespace AutoDev.Memento.Candidates;

/// <summary>
/// JSON that the generator, the sandbox and Python read alike: no name twice, no half characters, not too deep, not too long. One text that is not
/// would have the sandbox refuse the whole run.
/// </summary>
static class UsableJson
{
    /// <summary>Longest text, in characters: 200 of them, and hostile inputs made of them, fit into one run.</summary>
    public const int MaxLength = 48 * 1024;

    public static bool IsObject(string? json) => Read(json) == JsonValueKind.Object;

    public static bool IsValue(string? json) => Read(json) is not null;

    static JsonValueKind? Read(string? json)
    {
        if (json is null or { Length: > MaxLength }) return null;
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
            ReadTexts(document.RootElement);
            return document.RootElement.ValueKind;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <exception cref="InvalidOperationException">One of them has half a surrogate pair.</exception>
    static void ReadTexts(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) _ = value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) ReadTexts(item);
        }

        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            _ = member.Name;
            ReadTexts(member.Value);
        }
    }
}
