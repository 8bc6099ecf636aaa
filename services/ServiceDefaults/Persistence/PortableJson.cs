using System.Text.Json;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>JSON that every program reads alike: one value, no lone surrogates, no name twice, not too deep.</summary>
public static class PortableJson
{
    /// <summary>Deeper JSON is refused: it is as deep as other programs' parsers go.</summary>
    public const int MaxDepth = 64;

    /// <summary>Why this is not JSON that every program can read, or not of the wanted kind; <c>null</c> if it is.</summary>
    public static string? Problem(string json, JsonValueKind? root = null)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            if (root is { } kind && document.RootElement.ValueKind != kind) return $"it is not a JSON {kind.ToString().ToLowerInvariant()}";
            ReadTexts(document.RootElement);
            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return "a text in it has half a character (a lone surrogate)";
        }
    }

    /// <exception cref="InvalidOperationException">One of them cannot be read.</exception>
    static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) ReadTexts(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
