namespace AutoDev.Contracts.SandboxRunner;

/// <summary>How a function is called, as its syntax tree says. Its texts are the source's own: show them as text only.</summary>
public sealed record FunctionSignature
{
    /// <summary>The docstring, cut at 4,000 characters.</summary>
    public string? Docstring { get; init; }

    /// <summary>At most 100, in the source's order.</summary>
    public IReadOnlyList<FunctionParameter> Parameters { get; init; } = [];

    /// <summary>The return value's type hint as it is written.</summary>
    public string? Returns { get; init; }
}
