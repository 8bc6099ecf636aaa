using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AutoDev.Fitness.Webhooks;

/// <summary>RFC 6901, by itself and within a text.</summary>
static partial class JsonPointer
{
    /// <summary>Whether this is one; the whole document (the empty pointer) is none here.</summary>
    public static bool IsOne(string? text) => text is not null && Whole().IsMatch(text);

    /// <summary>What lies there; <c>null</c> for nothing, and for JSON's null.</summary>
    public static JsonElement? Find(JsonElement body, string pointer)
    {
        var here = body;
        foreach (var escaped in pointer.Split('/').Skip(1))
        {
            var step = escaped.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (here.ValueKind == JsonValueKind.Object && here.TryGetProperty(step, out var member)) here = member;
            else if (here.ValueKind == JsonValueKind.Array && Index().IsMatch(step)
                && int.Parse(step, CultureInfo.InvariantCulture) is var index && index < here.GetArrayLength()) here = here[index];
            else return null;
        }

        return here.ValueKind == JsonValueKind.Null ? null : here;
    }

    /// <summary>Puts into a template what lies where it points to.</summary>
    /// <returns>The text; or the first pointer that leads to nothing that can stand in a text.</returns>
    public static (string? Text, string? Missing) Fill(string template, JsonElement body)
    {
        string? missing = null;
        var text = Placeholder().Replace(template, match =>
        {
            var found = Find(body, match.Groups["pointer"].Value);
            if (found?.ValueKind == JsonValueKind.String) return found.Value.GetString()!;
            if (found?.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) return found.Value.GetRawText();
            missing ??= match.Groups["pointer"].Value;
            return "";
        });
        return missing is null ? (text, null) : (null, missing);
    }

    /// <summary>Whether a template has braces that are no placeholder.</summary>
    public static bool IsTemplate(string text) => Placeholder().Replace(text, "").IndexOfAny(['{', '}']) < 0;

    [GeneratedRegex(@"\A(?:/(?:[^~{}]|~[01])*)+\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whole();

    [GeneratedRegex(@"\{(?<pointer>/(?:[^~{}]|~[01])*)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\A(?:0|[1-9][0-9]{0,8})\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Index();
}
