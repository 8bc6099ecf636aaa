using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.LanguageModels;

/// <summary>
/// What a model is told that programs and strangers wrote: one JSON document between two lines that nobody can have written before, since they are made of a hash of it.
/// A text in it can neither end its string nor the document.
/// </summary>
public static class FencedData
{
    const int LongestText = 1_500;

    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Pure: the document with its two lines, which begin with <c>data-</c>.</summary>
    public static string Of(JsonObject data)
    {
        var text = data.ToJsonString(Readable);
        var fence = $"data-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12))}";
        return $"{fence}\n{text}\n{fence}";
    }

    /// <summary>Pure: a list.</summary>
    public static JsonArray ListOf(IEnumerable<JsonNode?> items) => new([.. items]);

    /// <summary>Pure: those that fit into so many characters together, in their order; one that is too long does not keep the others out.</summary>
    public static IEnumerable<T> Fitting<T>(IEnumerable<T> items, int characters, Func<T, int> length)
    {
        var left = characters;
        foreach (var item in items.Where(i => length(i) <= characters))
        {
            if ((left -= length(item)) >= 0) yield return item;
            else left += length(item);
        }
    }

    /// <summary>Pure: at most the first 1,500 characters.</summary>
    public static string? Start(string? text) => text is { Length: > LongestText } ? text[..LongestText] + "…" : text;

    /// <summary>Pure: at most the last 1,500 characters.</summary>
    public static string? End(string? text) => text is { Length: > LongestText } ? "…" + text[^LongestText..] : text;
}
