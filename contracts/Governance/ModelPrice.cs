using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Governance;

/// <summary>What a language model costs, in the currency in which the workspace's cap is meant. 0 for a model of one's own.</summary>
public sealed record ModelPrice
{
    /// <summary>For a million tokens that it reads.</summary>
    [JsonPropertyName("input_per_million")] public required decimal InputPerMillion { get; init; }

    /// <summary>For a million tokens that it writes.</summary>
    [JsonPropertyName("output_per_million")] public required decimal OutputPerMillion { get; init; }
}
