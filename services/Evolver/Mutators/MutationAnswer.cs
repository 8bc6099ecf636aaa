using System.Text.Json;
using AutoDev.LanguageModels;

namespace AutoDev.Evolver.Mutators;

/// <summary>What a model's answer comes to: another form of a module, or the reason why there is none.</summary>
/// <param name="Source">The whole module. Not read by any Python yet, and not trusted.</param>
/// <param name="Description">What was changed, in the model's words.</param>
/// <param name="Reason">Why there is none.</param>
/// <param name="IsWorthAnotherTry">Whether the model may do better when it is told the reason.</param>
sealed record MutationAnswer(string? Source, string Description, string? Reason, bool IsWorthAnotherTry)
{
    const int MostEdits = 50;

    /// <summary>No form.</summary>
    public static MutationAnswer None(string reason, bool isWorthAnotherTry) => new(null, "", reason, isWorthAnotherTry);

    /// <summary>
    /// Pure: reads strictly. The whole module, or edits of its parent: each names a text that is there exactly once, as it is then, and what stands in its place.
    /// </summary>
    public static MutationAnswer Of(string text, string parent, string functionName)
    {
        if (ModelAnswer.Read(text, "source", "edits", "description") is not { } answer || TextOf(answer, "source") is not { } whole
            || TextOf(answer, "description") is not { } description || answer.GetProperty("edits") is not { ValueKind: JsonValueKind.Array } edits)
            return Malformed("It was not one JSON object with exactly the two texts source and description and the list edits.");

        var words = ModelAnswer.Line(description);
        var isWhole = !string.IsNullOrWhiteSpace(whole);
        if (!isWhole && edits.GetArrayLength() == 0) return None($"The model changed nothing{(words.Length == 0 ? "." : $": {words}")}", isWorthAnotherTry: false);
        if (isWhole && edits.GetArrayLength() > 0) return Malformed("It had both a source and edits.");
        var (edited, wrong) = isWhole ? (whole, null) : Edited(parent.ReplaceLineEndings("\n"), edits);
        if (edited is null) return Malformed(wrong!);
        var (module, fault) = ModelAnswer.Module(edited, functionName);
        return module is null ? Malformed(fault!) : new(module, words, null, false);
    }

    static MutationAnswer Malformed(string reason) => None(reason, isWorthAnotherTry: true);

    static (string? Source, string? Fault) Edited(string source, JsonElement edits)
    {
        if (edits.GetArrayLength() > MostEdits) return (null, $"There were more than {MostEdits} edits.");
        foreach (var (edit, number) in edits.EnumerateArray().Select((e, i) => (e, i + 1)))
        {
            if (edit.ValueKind != JsonValueKind.Object || edit.EnumerateObject().Count() != 2 || TextOf(edit, "search") is not { Length: > 0 } search
                || TextOf(edit, "replace") is not { } replacement)
                return (null, $"Edit {number} did not have exactly the two texts search and replace.");

            search = search.ReplaceLineEndings("\n");
            var at = source.IndexOf(search, StringComparison.Ordinal);
            if (at < 0) return (null, $"The text that edit {number} searches for is not in the source.");
            if (source.IndexOf(search, at + 1, StringComparison.Ordinal) >= 0) return (null, $"The text that edit {number} searches for is in the source more than once.");
            source = $"{source[..at]}{replacement.ReplaceLineEndings("\n")}{source[(at + search.Length)..]}";
        }

        return (source, null);
    }

    static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
