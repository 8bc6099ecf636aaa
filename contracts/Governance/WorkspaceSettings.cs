using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Governance;

/// <summary>What a workspace allows. The defaults are those of a new workspace: everything off until somebody enables it.</summary>
public sealed record WorkspaceSettings
{
    /// <summary>Master switch.</summary>
    [JsonPropertyName("auto_dev.enabled")] public bool Enabled { get; init; }

    /// <summary>New skills from repeated failures; needs INTERN.</summary>
    [JsonPropertyName("memento_skills")] public bool MementoSkills { get; init; } = true;

    /// <summary>Better skills by mutation; needs SUPERVISED.</summary>
    [JsonPropertyName("alpha_evolver")] public bool AlphaEvolver { get; init; } = true;

    /// <summary>Mutation without a trigger; needs AUTONOMOUS.</summary>
    [JsonPropertyName("background_evolution")] public bool BackgroundEvolution { get; init; }

    /// <summary>1 to 50 a UTC day.</summary>
    [JsonPropertyName("max_mutations_per_day")] public int MaxMutationsPerDay { get; init; } = 10;

    /// <summary>1 to 20 a UTC day.</summary>
    [JsonPropertyName("max_skill_candidates_per_day")] public int MaxSkillCandidatesPerDay { get; init; } = 5;

    /// <summary>Failures of the same task that make a pattern, 1 to 100.</summary>
    [JsonPropertyName("failure_threshold")] public int FailureThreshold { get; init; } = 2;

    /// <summary>AUTONOMOUS agents may promote mutations without review.</summary>
    [JsonPropertyName("auto_promote")] public bool AutoPromote { get; init; }

    /// <summary>The share of a workspace's agents that get a promoted mutation until its live results have proven it, 0.05 to 1.</summary>
    [JsonPropertyName("canary_share")] public double CanaryShare { get; init; } = 1;

    /// <summary>The language model that writes code where examples alone do not suffice; <c>null</c> for none, then nothing is asked outside.</summary>
    [JsonPropertyName("model_provider")] public ModelProvider? ModelProvider { get; init; }

    /// <summary>What language models may cost on one UTC day, 0 to 100,000, in the currency of the prices; a call that could exceed it is not made.</summary>
    [JsonPropertyName("max_model_spend_per_day")] public decimal MaxModelSpendPerDay { get; init; } = 5;

    /// <summary>What each model costs, by its name; <c>null</c> for none. A model without a price is not called.</summary>
    [JsonPropertyName("model_prices")] public IReadOnlyDictionary<string, ModelPrice>? ModelPrices { get; init; }

    /// <summary>Where Governance announces what people should know; <c>null</c>: nowhere.</summary>
    [JsonPropertyName("webhook_url")] public string? WebhookUrl { get; init; }
}
