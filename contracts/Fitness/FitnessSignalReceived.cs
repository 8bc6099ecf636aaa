namespace AutoDev.Contracts.Fitness;

/// <summary>A fact that moves a score, from outside (a webhook, the bus). Said once per signal id.</summary>
public sealed record FitnessSignalReceived
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The sender's own id of the signal, unique within the workspace.</summary>
    public required string SignalId { get; init; }

    /// <summary><c>candidate:{id}</c>, <c>mutation:{id}</c> or <c>skill:{name}@{version}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The signal's name, such as <c>invoice_created</c>.</summary>
    public required string Signal { get; init; }

    /// <summary>The amount, for signals that scale with one.</summary>
    public double? Value { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset OccurredAt { get; init; }
}
