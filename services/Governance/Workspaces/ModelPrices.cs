using System.Text.Json;
using AutoDev.Contracts.Governance;

namespace AutoDev.Governance.Workspaces;

/// <summary>The setting <c>model_prices</c>, a map from a model's name to its two prices. A patch gives the whole map, as it is to be.</summary>
static class ModelPrices
{
    public const string Allowed =
        "null, or an object of up to 100 models by name, each {\"input_per_million\": …, \"output_per_million\": …} with numbers from 0 to 10,000";

    const int Most = 100;
    const int LongestName = 200;

    /// <summary>Pure: the settings with these prices; <c>null</c> where they are not valid. The same prices again are the same settings.</summary>
    public static WorkspaceSettings? Apply(WorkspaceSettings settings, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return settings with { ModelPrices = null };
        if (value.ValueKind != JsonValueKind.Object) return null;
        var prices = new SortedDictionary<string, ModelPrice>(StringComparer.Ordinal);
        foreach (var model in value.EnumerateObject())
        {
            if (model.Name.Trim().Length is 0 or > LongestName || Price(model.Value) is not { } price) return null;
            prices[model.Name] = price;
        }

        if (prices.Count > Most) return null;
        if (prices.Count == 0) return settings with { ModelPrices = null };
        return settings.ModelPrices is { } known && known.Count == prices.Count && prices.All(p => known.TryGetValue(p.Key, out var same) && same == p.Value)
            ? settings
            : settings with { ModelPrices = prices };
    }

    static ModelPrice? Price(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 2
        && Number(value, "input_per_million") is { } input && Number(value, "output_per_million") is { } output
            ? new() { InputPerMillion = input, OutputPerMillion = output }
            : null;

    static decimal? Number(JsonElement price, string name) =>
        price.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number)
            && number is >= 0 and <= 10_000
            ? number
            : null;
}
