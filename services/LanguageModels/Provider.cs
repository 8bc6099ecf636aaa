using AutoDev.Contracts.Governance;

namespace AutoDev.LanguageModels;

/// <summary>How a provider holds a model to a form.</summary>
enum Structure
{
    /// <summary>By a JSON schema.</summary>
    Schema,

    /// <summary>To JSON, whatever it says.</summary>
    Json,
}

/// <summary>What is particular about a provider.</summary>
/// <param name="Name">As <see cref="ModelProvider.Provider"/> has it.</param>
/// <param name="Address">Its own; <c>null</c> where everybody has their own.</param>
/// <param name="Structure">What it can be held to. A model that cannot is asked once more without.</param>
/// <param name="NeedsKey">Whether it answers nobody without one.</param>
sealed record Provider(string Name, Uri? Address, Structure Structure, bool NeedsKey)
{
    static readonly Provider[] All =
    [
        new("openai", new("https://api.openai.com/v1"), Structure.Schema, NeedsKey: true),
        new("anthropic", new("https://api.anthropic.com"), Structure.Schema, NeedsKey: true),
        new("deepseek", new("https://api.deepseek.com/v1"), Structure.Json, NeedsKey: true),
        new("gemini", new("https://generativelanguage.googleapis.com/v1beta/openai"), Structure.Schema, NeedsKey: true),
        new("ollama", new("http://localhost:11434/v1"), Structure.Schema, NeedsKey: false),
        new("compatible", null, Structure.Schema, NeedsKey: false),
    ];

    /// <summary>Whether it speaks Anthropic's protocol; all others speak OpenAI's.</summary>
    public bool IsAnthropic => Name == "anthropic";

    /// <summary>Whether it knows the newer word for the most that may be written; what it does not know it would ignore, and write on.</summary>
    public bool KnowsMaxCompletionTokens => Name == "openai";

    /// <summary>By its name; <c>null</c> for one that is not known.</summary>
    public static Provider? Of(ModelProvider model) => All.FirstOrDefault(p => p.Name == model.Provider);
}
