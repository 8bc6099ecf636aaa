namespace AutoDev.Contracts.Governance;

/// <summary>A call of a language model has ended, and this is what it cost. Said by the service that called it.</summary>
public sealed record ModelSpent
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The call; a repeated message has the same, and counts once.</summary>
    public required Guid SpendId { get; init; }

    /// <summary>What it was for: <c>candidate:{id}</c> or <c>mutation:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The agent on whose behalf it was.</summary>
    public required string AgentId { get; init; }

    /// <summary><c>memento_skills</c>, <c>alpha_evolver</c> or <c>background_evolution</c>.</summary>
    public required string Capability { get; init; }

    /// <summary>The model, as the prices name it.</summary>
    public required string Model { get; init; }

    /// <summary>The UTC day that it counts for, <c>yyyy-MM-dd</c>: the one on which the call began.</summary>
    public required string Day { get; init; }

    /// <summary>Tokens that the model read.</summary>
    public required long InputTokens { get; init; }

    /// <summary>Tokens that it wrote.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>What they cost, by the prices that stood when the call began.</summary>
    public required decimal Cost { get; init; }

    /// <summary>The call broke off and its usage is not known: the figures are the most that it can have been.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset SpentAt { get; init; }
}
