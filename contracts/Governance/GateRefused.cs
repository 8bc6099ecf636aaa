namespace AutoDev.Contracts.Governance;

/// <summary>A gate said no to one agent at one moment, so that "why did nothing happen?" has an answer.</summary>
public sealed record GateRefused
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary><c>memento_skills</c>, <c>alpha_evolver</c> or <c>background_evolution</c>.</summary>
    public required string Capability { get; init; }

    /// <summary>
    /// <c>auto_dev_disabled</c>, <c>capability_disabled</c>, <c>maturity_too_low</c>, <c>daily_limit_exceeded</c>, <c>spend_cap_exceeded</c> or
    /// <c>model_price_unknown</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary>The same in words, with the figures.</summary>
    public required string Detail { get; init; }

    /// <summary>What was refused, such as <c>pattern:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RefusedAt { get; init; }
}
