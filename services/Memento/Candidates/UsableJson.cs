using System.Text.Json;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>
/// JSON that the generator, the sandbox and Python read alike: no name twice, no half characters, not too deep, not too long. One text that is not
/// would have the sandbox refuse the whole run.
/// </summary>
static class UsableJson
{
    /// <summary>Longest text, in characters: 200 of them, and hostile inputs made of them, fit into one run.</summary>
    public const int MaxLength = 48 * 1024;

    public static bool IsObject(string? json) => json is { Length: <= MaxLength } && PortableJson.Problem(json, JsonValueKind.Object) is null;

    public static bool IsValue(string? json) => json is { Length: <= MaxLength } && PortableJson.Problem(json) is null;
}
