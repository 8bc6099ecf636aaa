using AutoDev.Contracts.Governance;

namespace AutoDev.Gating.Spend;

/// <summary>One call of a language model that is about to be made.</summary>
/// <param name="Id">The call. The same again is the same call, and is reserved once.</param>
/// <param name="Capability">On what ground.</param>
/// <param name="AgentId">On whose behalf.</param>
/// <param name="Subject">For what: <c>candidate:{id}</c> or <c>experiment:{id}</c>.</param>
/// <param name="Model">As the prices name it.</param>
/// <param name="InputTokens">The most that the model will read.</param>
/// <param name="MaxOutputTokens">The most that it may write; the provider is told the same.</param>
public sealed record ModelCall(Guid Id, Capability Capability, string AgentId, string Subject, string Model, long InputTokens, long MaxOutputTokens)
{
    /// <summary>The most that it can cost; <c>null</c> where the settings have no price for the model.</summary>
    public decimal? Estimate(WorkspaceSettings settings) => PriceIn(settings) is { } price ? new TokenUsage(InputTokens, MaxOutputTokens).Cost(price) : null;

    /// <summary>The model's price; <c>null</c> where the settings have none.</summary>
    public ModelPrice? PriceIn(WorkspaceSettings settings) => settings.ModelPrices?.GetValueOrDefault(Model);
}

/// <summary>What a call took, as the provider says.</summary>
/// <param name="InputTokens">Tokens that the model read.</param>
/// <param name="OutputTokens">Tokens that it wrote.</param>
public sealed record TokenUsage(long InputTokens, long OutputTokens)
{
    /// <summary>In the currency of the price, not rounded.</summary>
    public decimal Cost(ModelPrice price) => (InputTokens * price.InputPerMillion + OutputTokens * price.OutputPerMillion) / 1_000_000m;
}
