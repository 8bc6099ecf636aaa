namespace AutoDev.Contracts.SandboxRunner;

/// <summary>Asks for one run of untrusted Python: load the source, call one function once per input. Answered by exactly one <see cref="SandboxRunCompleted"/>.</summary>
public sealed record RunInSandbox
{
    /// <summary>Idempotency key: a second request with the same id gets the stored answer and runs nothing.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The tenant; a container never serves two.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Who asks, by a word: a service's (<c>memento</c>, <c>evolver</c>), <c>mcp</c> for an agent's call of a skill; returned in the answer, so that others ignore it.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>What is run: a candidate's, a mutation's or a test's id; returned in the answer.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>The Python source of one module, at most 256 KiB.</summary>
    public required string Source { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>JSON texts of objects, one a call: the keyword arguments. At most 1,000. Expected answers never enter the sandbox.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Limits that differ from the runner's settings; a value above the runner's ceiling is lowered to it.</summary>
    public SandboxLimits? Limits { get; init; }

    /// <summary>Whether the source is scanned for what may do harm (<see cref="SandboxRunCompleted.SecurityFindings"/>). Takes some ten milliseconds.</summary>
    public bool Scan { get; init; }
}
