using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Governance.Spend;

/// <summary>What one call of a language model cost, as the service that made it says.</summary>
public sealed record ModelSpend
{
    /// <summary>The call's; time-ordered by <see cref="SortKey"/> only.</summary>
    public required Guid Id { get; init; }

    /// <summary><c>candidate:{id}</c> or <c>mutation:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>On whose behalf.</summary>
    public required string AgentId { get; init; }

    /// <summary>On what ground.</summary>
    public required string Capability { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The UTC day that it counts for.</summary>
    public required string Day { get; init; }

    /// <summary>Tokens that the model read.</summary>
    public required long InputTokens { get; init; }

    /// <summary>Tokens that it wrote.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>In the currency of the workspace's prices.</summary>
    public required decimal Cost { get; init; }

    /// <summary>The call broke off: the most that it can have cost.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(At, Id.ToString());

    /// <summary>As it was said.</summary>
    public static ModelSpend Of(ModelSpent said) => new()
    {
        Id = said.SpendId, Subject = said.Subject, AgentId = said.AgentId, Capability = said.Capability, Model = said.Model, Day = said.Day,
        InputTokens = said.InputTokens, OutputTokens = said.OutputTokens, Cost = said.Cost, IsEstimate = said.IsEstimate, At = said.SpentAt,
    };
}

/// <summary>The sum of the calls of one day, for one subject, or of the workspace's whole life.</summary>
public sealed record SpendTotal
{
    /// <summary><c>day/{yyyy-MM-dd}</c>, <c>subject/{subject}</c> or <c>workspace</c>.</summary>
    public required string Id { get; init; }

    /// <summary>How many calls.</summary>
    public int Calls { get; init; }

    /// <summary>Tokens that were read.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long OutputTokens { get; init; }

    /// <summary>In the currency of the workspace's prices.</summary>
    public decimal Cost { get; init; }

    /// <summary>The totals that a call counts for.</summary>
    public static IReadOnlyList<string> IdsOf(ModelSpend spend) => [$"day/{spend.Day}", $"subject/{spend.Subject}", "workspace"];

    /// <summary>With one call more.</summary>
    public SpendTotal With(ModelSpend spend) => this with
    {
        Calls = Calls + 1, InputTokens = InputTokens + spend.InputTokens, OutputTokens = OutputTokens + spend.OutputTokens, Cost = Cost + spend.Cost,
    };
}
