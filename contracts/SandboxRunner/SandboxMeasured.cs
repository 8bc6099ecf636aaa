namespace AutoDev.Contracts.SandboxRunner;

/// <summary>The answer to one <see cref="MeasureInSandbox"/>. Its texts come out of the sandbox in part: show them as text only.</summary>
public sealed record SandboxMeasured
{
    /// <summary>The request's id.</summary>
    public required Guid MeasurementId { get; init; }

    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The service that asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>What was measured.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>
    /// <c>completed</c> (it was measured; see <see cref="Stopped"/> for how well), <c>sandbox_unavailable</c> (no engine, no run) or <c>invalid_request</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Why, where the status is not <c>completed</c>; else what <see cref="Stopped"/> has to say besides.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Why the measuring ended: <c>narrow</c> (every interval is as narrow as was asked), <c>budget</c>, <c>rounds</c> (the most there may be), <c>failed</c>
    /// (the original, or every variant, did not come to an end) or <c>lost</c> (the container was).
    /// </summary>
    public string? Stopped { get; init; }

    /// <summary>Rounds in which every source that still took part ran.</summary>
    public int Rounds { get; init; }

    /// <summary>The original's times; <c>null</c> where nothing was measured.</summary>
    public MeasuredTimes? Original { get; init; }

    /// <summary>The variants' times and how they compare, in the request's order; empty where nothing was measured.</summary>
    public required IReadOnlyList<MeasuredTimes> Variants { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset CompletedAt { get; init; }
}
