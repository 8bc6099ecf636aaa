using System.Text.Json;
using AutoDev.LanguageModels;

namespace AutoDev.Memento.Generation;

/// <summary>What a model's answer comes to: a module, or the reason why there is none.</summary>
/// <param name="Source">One Python module that defines the function. Not read by any Python yet, and not trusted.</param>
/// <param name="Description">What it does, in the model's words.</param>
/// <param name="Reason">Why there is none.</param>
/// <param name="IsWorthAnotherTry">Whether the model may do better when it is told the reason.</param>
sealed record SkillAnswer(string? Source, string Description, string? Reason, bool IsWorthAnotherTry)
{
    /// <summary>No module.</summary>
    public static SkillAnswer None(string reason, bool isWorthAnotherTry) => new(null, "", reason, isWorthAnotherTry);

    /// <summary>Pure: reads strictly.</summary>
    public static SkillAnswer Of(string text, string functionName)
    {
        if (ModelAnswer.Read(text, "source", "description") is not { } answer || answer.GetProperty("source") is not { ValueKind: JsonValueKind.String } source
            || answer.GetProperty("description") is not { ValueKind: JsonValueKind.String } description)
            return None("It was not one JSON object with exactly the two texts source and description.", isWorthAnotherTry: true);

        var words = ModelAnswer.Line(description.GetString()!);
        if (string.IsNullOrWhiteSpace(source.GetString())) return None($"The model wrote nothing{(words.Length == 0 ? "." : $": {words}")}", isWorthAnotherTry: false);
        var (module, fault) = ModelAnswer.Module(source.GetString()!, functionName);
        return module is null ? None(fault!, isWorthAnotherTry: true) : new(module, words, null, false);
    }
}
