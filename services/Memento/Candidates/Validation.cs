using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.Memento.Candidates;

/// <summary>How a check ended, as stored and as answered.</summary>
public static class Verdict
{
    /// <summary>Nothing to object.</summary>
    public const string Passed = "passed";

    /// <summary>The candidate is not to be trusted; one of these ends it.</summary>
    public const string Failed = "failed";

    /// <summary>A reviewer should look at it.</summary>
    public const string Warning = "warning";

    /// <summary>There was nothing to check it on.</summary>
    public const string NotApplicable = "not_applicable";
}

/// <summary>One check with its own verdict.</summary>
/// <param name="Name">A stable word, such as <c>held_out</c>.</param>
/// <param name="Verdict">See <see cref="Candidates.Verdict"/>.</param>
/// <param name="Evidence">What was seen, in words.</param>
public sealed record Check(string Name, string Verdict, string Evidence);

/// <summary>What one call of the validating run did.</summary>
public sealed record InputOutcome
{
    /// <summary>As the sandbox says: <c>ok</c>, <c>exception</c>, <c>timeout</c>, …</summary>
    public required string Ended { get; init; }

    /// <summary>JSON text of the answer, where there was one that is short enough to keep.</summary>
    public string? ValueJson { get; init; }

    /// <summary>Whether the answer is the expected one; <c>null</c> where none was expected.</summary>
    public bool? Correct { get; init; }

    /// <summary>The exception's type.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The exception's message, or what happened.</summary>
    public string? Message { get; init; }

    /// <summary>The last frames.</summary>
    public string? Traceback { get; init; }

    /// <summary>Wall time in milliseconds.</summary>
    public double WallMs { get; init; }
}

/// <summary>What the sandbox showed of a candidate.</summary>
public sealed record Validation
{
    /// <summary>Every check, in the order in which they build on one another.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>One per planned input, in the plan's order; empty where nothing ran.</summary>
    public required IReadOnlyList<InputOutcome> Outcomes { get; init; }

    /// <summary>What the security scan found, by line.</summary>
    public IReadOnlyList<SecurityFinding> SecurityFindings { get; init; } = [];

    /// <summary>What a reviewer must see in the source, by line.</summary>
    public IReadOnlyList<RedFlag> RedFlags { get; init; } = [];

    /// <summary>Proxy signal: the source does not parse.</summary>
    public required bool SyntaxError { get; init; }

    /// <summary>Proxy signal: every call on the episodes' inputs ended well.</summary>
    public required bool ExecutionSuccess { get; init; }

    /// <summary>Proxy signal: wall time of all calls in milliseconds.</summary>
    public required double ExecutionLatencyMs { get; init; }

    /// <summary>Held-out examples answered rightly.</summary>
    public required int HeldOutPassed { get; init; }

    /// <summary>Held-out examples there were.</summary>
    public required int HeldOutTotal { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether the candidate may go before a person.</summary>
    public bool Passed => Checks.All(c => c.Verdict != Verdict.Failed);

    /// <summary>The failed checks, in words.</summary>
    public string FailureReason => string.Join(" ", Checks.Where(c => c.Verdict == Verdict.Failed).Select(c => $"{c.Name}: {c.Evidence}"));

    /// <summary>Inputs of held-out examples that came out wrong.</summary>
    public IReadOnlyCollection<string> HeldOutFailures(IReadOnlyList<PlannedInput> plan) =>
        [.. plan.Zip(Outcomes).Where(p => p.First.Kind == InputKind.HeldOut && p.Second.Correct == false).Select(p => p.First.InputJson!)];
}
