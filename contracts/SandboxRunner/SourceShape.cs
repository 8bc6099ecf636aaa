namespace AutoDev.Contracts.SandboxRunner;

/// <summary>What a reading of the syntax tree finds about the function, without running anything.</summary>
public sealed record SourceShape
{
    /// <summary>The module defines the function at its top level.</summary>
    public required bool DefinesFunction { get; init; }

    /// <summary>Every parameter has a type hint, and so has the return value.</summary>
    public bool HasTypeHints { get; init; }

    /// <summary>The function has a docstring.</summary>
    public bool HasDocstring { get; init; }

    /// <summary>Names of the parameters, in order.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>How the function is called; <c>null</c> where the module does not define it.</summary>
    public FunctionSignature? Signature { get; init; }

    /// <summary>Things that a reviewer must see (imports of os, subprocess or socket, eval, exec, open, …).</summary>
    public IReadOnlyList<RedFlag> RedFlags { get; init; } = [];
}
