namespace AutoDev.Contracts.SandboxRunner;

/// <summary>One suspicious place in a source.</summary>
public sealed record RedFlag
{
    /// <summary>The rule's stable name, such as <c>dangerous-import</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>What was found and why it matters.</summary>
    public required string Message { get; init; }
}
