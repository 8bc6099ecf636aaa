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

    /// <summary>The signal's name, such as <c>invoice_created</c>; <c>retraction</c> where it only takes another back.</summary>
    public required string Signal { get; init; }

    /// <summary>The amount, for signals that scale with one.</summary>
    public double? Value { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The sender's id of the earlier signal that this one stands for.</summary>
    public string? Replaces { get; init; }

    /// <summary>The sender's id of the signal that is taken back.</summary>
    public string? Retracts { get; init; }

    /// <summary>The name of the key it came with, <c>bus</c> or <c>webhook:{source}</c>; <c>null</c> in what earlier versions said.</summary>
    public string? ReportedBy { get; init; }
}
