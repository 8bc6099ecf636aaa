namespace AutoDev.Contracts.SandboxRunner;

/// <summary>One place in a source that may do harm, found without running it.</summary>
public sealed record SecurityFinding
{
    /// <summary>The rule's stable name, such as <c>sql-injection</c> or <c>bandit-b501</c>; docs/security-scan.md lists them.</summary>
    public required string Rule { get; init; }

    /// <summary><c>high</c>, <c>medium</c> or <c>low</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>Line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>What was found and why it matters.</summary>
    public required string Why { get; init; }

    /// <summary>What to do instead.</summary>
    public required string Repair { get; init; }
}
