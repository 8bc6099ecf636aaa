using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Governance;

/// <summary>The language model that writes code for a workspace.</summary>
public sealed record ModelProvider
{
    /// <summary>
    /// Whose: <c>openai</c>, <c>anthropic</c>, <c>deepseek</c>, <c>gemini</c>, <c>ollama</c>, or <c>compatible</c> for any other that speaks OpenAI's protocol.
    /// </summary>
    [JsonPropertyName("provider")] public required string Provider { get; init; }

    /// <summary>The model, as its provider and <see cref="WorkspaceSettings.ModelPrices"/> name it.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>Where it is asked; <c>null</c> for the provider's own address. <c>compatible</c> has none.</summary>
    [JsonPropertyName("endpoint")] public string? Endpoint { get; init; }

    /// <summary>The name of the key, never the key: whoever runs the installation says which file or variable holds it. <c>null</c> where none is needed.</summary>
    [JsonPropertyName("secret")] public string? Secret { get; init; }
}
