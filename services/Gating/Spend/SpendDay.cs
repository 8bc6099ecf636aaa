using System.Globalization;
using AutoDev.Contracts.Governance;

namespace AutoDev.Gating.Spend;

/// <summary>What the service spent on language models in the workspace on one UTC day, and what it is about to spend. Changes are pure.</summary>
public sealed record SpendDay
{
    /// <summary><c>yyyy-MM-dd</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What ended calls cost.</summary>
    public decimal Spent { get; init; }

    /// <summary>The most that calls can cost that were begun and of which no end was heard: running ones, and those whose service crashed.</summary>
    public decimal Reserved { get; init; }

    /// <summary>What calls of other services cost, as far as it was heard.</summary>
    public decimal Elsewhere { get; init; }

    /// <summary>Tokens that were read.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long OutputTokens { get; init; }

    /// <summary>All that counts against the cap.</summary>
    public decimal Committed() => Spent + Reserved + Elsewhere;

    /// <summary>The id of the day of this moment.</summary>
    public static string IdOf(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What may still be begun: never below 0.</summary>
    public decimal Remaining(WorkspaceSettings settings) => Math.Max(0, settings.MaxModelSpendPerDay - Committed());

    /// <summary>Whether a call fits: with everything that runs it must not be able to exceed the cap.</summary>
    public GateDecision Decide(ModelCall call, WorkspaceSettings? settings)
    {
        if (settings is not { Enabled: true }) return Gate.Decide(call.Capability, settings, Maturity.Autonomous);
        if (call.Estimate(settings) is not { } estimate)
            return GateDecision.Refused("model_price_unknown", $"{call.Model} has no price in model_prices: give it one, 0 where it costs nothing.");
        var (committed, cap) = (Committed(), settings.MaxModelSpendPerDay);
        return committed + estimate <= cap
            ? GateDecision.Allowed
            : GateDecision.Refused("spend_cap_exceeded", string.Create(CultureInfo.InvariantCulture,
                $"The call may cost {estimate:0.######}; {committed:0.######} of {cap:0.######} are spent or reserved today. The cap resets at midnight UTC."));
    }

    /// <summary>A call begins.</summary>
    public SpendDay Reserve(decimal estimate) => this with { Reserved = Reserved + estimate };

    /// <summary>A call ended.</summary>
    public SpendDay Settle(decimal estimate, decimal cost, TokenUsage usage) => this with
    {
        Reserved = Reserved - estimate, Spent = Spent + cost, InputTokens = InputTokens + usage.InputTokens, OutputTokens = OutputTokens + usage.OutputTokens,
    };
}

/// <summary>One call, from the moment on which it was allowed.</summary>
public sealed record SpendEntry
{
    /// <summary>The call.</summary>
    public required Guid Id { get; init; }

    /// <summary>The UTC day that it counts for, whenever it ends.</summary>
    public required string Day { get; init; }

    /// <summary>For what: <c>candidate:{id}</c> or <c>mutation:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>On whose behalf.</summary>
    public required string AgentId { get; init; }

    /// <summary>On what ground.</summary>
    public required string Capability { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Its price when the call began; a later one does not change what the call costs.</summary>
    public required ModelPrice Price { get; init; }

    /// <summary>The most that the model can have read.</summary>
    public required long MaxInputTokens { get; init; }

    /// <summary>The most that it can have written.</summary>
    public required long MaxOutputTokens { get; init; }

    /// <summary>The most that it can have cost.</summary>
    public required decimal Estimate { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset ReservedAt { get; init; }

    /// <summary>When it ended; <c>null</c> while nothing was heard of it.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>What it cost; <c>null</c> until it ended.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Tokens that were read; <c>null</c> until it ended, and of a call that ended before these were kept.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>The provider did not say what it took: the most that it can have taken counts.</summary>
    public bool IsEstimate { get; init; }
}
