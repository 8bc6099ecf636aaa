using System.Text;
using System.Text.Json;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Text and JSON from inside the sandbox, or on the way into it, that must not break whoever stores or parses it.</summary>
static class HostileText
{
    /// <summary>Deeper JSON is refused: it is as deep as other programs' parsers go.</summary>
    public const int MaxDepth = 64;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads UTF-8, whatever it is; cut at so many bytes. NUL is replaced, since PostgreSQL stores none.</summary>
    public static string Read(ReadOnlyMemory<byte> bytes, int cap = int.MaxValue) =>
        Encoding.UTF8.GetString(bytes.Span[..Math.Min(bytes.Length, cap)]).Replace('\0', '\uFFFD');

    /// <summary>The beginning of a caller's text, fit to be stored.</summary>
    public static string Short(string text) => text[..Math.Min(text.Length, 100)].Replace('\0', '\uFFFD');

    /// <summary>The JSON text in these bytes, or why not every program can read it: a lone surrogate, a name twice, too deep.</summary>
    public static (string? Json, string? Problem) ReadJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var json = Strict.GetString(bytes.Span);
            return Problem(json) is { } problem ? (null, problem) : (json, null);
        }
        catch (DecoderFallbackException)
        {
            return (null, "it is not UTF-8");
        }
    }

    /// <summary>Why this is not JSON that every program can read; <c>null</c> if it is.</summary>
    public static string? Problem(string json, JsonValueKind? root = null)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            if (root is { } kind && document.RootElement.ValueKind != kind) return $"it is not a JSON {kind.ToString().ToLowerInvariant()}";
            Visit(document.RootElement);
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

    /// <summary>Reads every text, which throws where one cannot be.</summary>
    static void Visit(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Visit(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Visit(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
