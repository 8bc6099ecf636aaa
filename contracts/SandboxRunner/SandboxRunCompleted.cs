namespace AutoDev.Contracts.SandboxRunner;

/// <summary>The answer to one <see cref="RunInSandbox"/>: what happened, input by input. Everything in it that came out of the sandbox is hostile text.</summary>
public sealed record SandboxRunCompleted
{
    /// <summary>The request's id.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The service that asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>What was run.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>
    /// <c>completed</c> (every input has a result, which may well be an exception), <c>load_failed</c> (the source did not compile, its module level raised,
    /// or the function is missing), <c>sandbox_unavailable</c> (no engine, no run), <c>invalid_request</c>, or <c>cancelled</c> (an operator's own run only).
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Why, where the status is not <c>completed</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Proxy signal: the source does not parse as Python.</summary>
    public bool SyntaxError { get; init; }

    /// <summary>Proxy signal: every input ended <c>ok</c>.</summary>
    public bool ExecutionSuccess { get; init; }

    /// <summary>Proxy signal: wall time of all calls together, in milliseconds, without the container's start.</summary>
    public double ExecutionLatencyMs { get; init; }

    /// <summary>What the source looks like, found without running it; <c>null</c> where it does not parse.</summary>
    public SourceShape? Shape { get; init; }

    /// <summary>What the security scan found, by line; <c>null</c> where none was asked for, or it gave no answer (<see cref="SecurityScanFailed"/>).</summary>
    public IReadOnlyList<SecurityFinding>? SecurityFindings { get; init; }

    /// <summary>Why the security scan that was asked for gave no answer: it took too long, needed too much memory, or broke.</summary>
    public string? SecurityScanFailed { get; init; }

    /// <summary>One per input, in the request's order; empty where nothing ran.</summary>
    public required IReadOnlyList<InputResult> Results { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset CompletedAt { get; init; }
}
