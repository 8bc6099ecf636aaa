namespace AutoDev.Contracts.SandboxRunner;

/// <summary>
/// Asks for a paired measurement: original and variants run in one container, interleaved in random order, again and again until the comparison is sharp or the
/// time is used up. Answered by exactly one <see cref="SandboxMeasured"/>. Whether they return the same is no part of it: ask <see cref="RunInSandbox"/> first.
/// </summary>
public sealed record MeasureInSandbox
{
    /// <summary>Idempotency key: a second request with the same id gets the stored answer and measures nothing. Not used by a <see cref="RunInSandbox"/> too.</summary>
    public required Guid MeasurementId { get; init; }

    /// <summary>The tenant; a container never serves two.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The service that asks, by its word (<c>evolver</c>); returned in the answer, so that others ignore it.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>What is measured: an experiment's or a mutation's id; returned in the answer.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>The function that every source defines.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The Python source that the variants are compared with, at most 256 KiB.</summary>
    public required string Original { get; init; }

    /// <summary>1 to 8 sources, at most 256 KiB each.</summary>
    public required IReadOnlyList<string> Variants { get; init; }

    /// <summary>1 to 1,000 JSON texts of objects: the keyword arguments of one call each. All of them are called in each round.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Limits that differ from the runner's settings; the time is for one source's calls in one round.</summary>
    public SandboxLimits? Limits { get; init; }

    /// <summary>Wall time after which no further round begins, in seconds; above 0, at most 300. Default 30.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>Sharp enough: every ratio's interval is at most this wide (upper end divided by lower end, less one). Above 0, at most 1. Default 0.05.</summary>
    public double? TargetWidth { get; init; }

    /// <summary>Confidence of the intervals, from 0.5 to 0.999. Default 0.95.</summary>
    public double? Confidence { get; init; }
}
