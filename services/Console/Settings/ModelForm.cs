using AutoDev.Contracts.Governance;

namespace AutoDev.OperatorConsole.Settings;

/// <summary>The form of the language model, as a person fills it in.</summary>
sealed class ModelForm
{
    public static readonly IReadOnlyList<string> Providers = ["openai", "anthropic", "deepseek", "gemini", "ollama", "compatible"];

    /// <summary>Empty for none.</summary>
    public string Provider { get; set; } = "";

    public string Model { get; set; } = "";

    public string Endpoint { get; set; } = "";

    /// <summary>The name of the key, never the key.</summary>
    public string Secret { get; set; } = "";

    public decimal InputPerMillion { get; set; }

    public decimal OutputPerMillion { get; set; }

    public decimal MostADay { get; set; }

    /// <summary>Pure: as the settings are.</summary>
    public static ModelForm Of(WorkspaceSettings settings)
    {
        var price = settings.ModelProvider is { } chosen ? settings.ModelPrices?.GetValueOrDefault(chosen.Model) : null;
        return new()
        {
            Provider = settings.ModelProvider?.Provider ?? "", Model = settings.ModelProvider?.Model ?? "", Endpoint = settings.ModelProvider?.Endpoint ?? "",
            Secret = settings.ModelProvider?.Secret ?? "", InputPerMillion = price?.InputPerMillion ?? 0, OutputPerMillion = price?.OutputPerMillion ?? 0,
            MostADay = settings.MaxModelSpendPerDay,
        };
    }

    /// <summary>Pure: the settings that the form makes; prices of other models stay.</summary>
    public IReadOnlyDictionary<string, object?> Changes(WorkspaceSettings seen)
    {
        var changes = new Dictionary<string, object?>(StringComparer.Ordinal) { ["max_model_spend_per_day"] = MostADay };
        if (Provider.Length == 0)
        {
            changes["model_provider"] = null;
            return changes;
        }

        changes["model_provider"] = new ModelProvider { Provider = Provider, Model = Model.Trim(), Endpoint = Empty(Endpoint), Secret = Empty(Secret) };
        changes["model_prices"] = new Dictionary<string, ModelPrice>(seen.ModelPrices ?? new Dictionary<string, ModelPrice>(), StringComparer.Ordinal)
        {
            [Model.Trim()] = new() { InputPerMillion = InputPerMillion, OutputPerMillion = OutputPerMillion },
        };
        return changes;
    }

    static string? Empty(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
