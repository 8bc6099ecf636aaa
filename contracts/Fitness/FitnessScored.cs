namespace AutoDev.Contracts.Fitness;

/// <summary>A subject's score changed.</summary>
public sealed record FitnessScored
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary><c>candidate:{id}</c>, <c>mutation:{id}</c> or <c>skill:{name}@{version}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Score { get; init; }

    /// <summary><c>excellent</c>, <c>good</c>, <c>moderate</c> or <c>poor</c>.</summary>
    public required string Label { get; init; }

    /// <summary><c>pending</c> (external signals may still come) or <c>evaluated</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Signals counted.</summary>
    public required int SignalCount { get; init; }

    /// <summary>Grows with every change of the subject, so that an older message can be told from a newer one. 0 in what earlier versions said: there <see cref="SignalCount"/> tells.</summary>
    public int Revision { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ScoredAt { get; init; }
}
