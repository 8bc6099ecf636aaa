using System.Text;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Text and JSON from inside the sandbox, or on the way into it, that must not break whoever stores or parses it.</summary>
static class HostileText
{
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
            return PortableJson.Problem(json) is { } problem ? (null, problem) : (json, null);
        }
        catch (DecoderFallbackException)
        {
            return (null, "it is not UTF-8");
        }
    }
}
