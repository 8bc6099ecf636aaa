namespace AutoDev.Contracts.SandboxRunner;

/// <summary>One parameter of a function, as its syntax tree says.</summary>
public sealed record FunctionParameter
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>As Python calls it: <c>positional_only</c>, <c>positional_or_keyword</c>, <c>var_positional</c>, <c>keyword_only</c> or <c>var_keyword</c>.</summary>
    public string Kind { get; init; } = "positional_or_keyword";

    /// <summary>The type hint as it is written.</summary>
    public string? Hint { get; init; }

    /// <summary>JSON text of a JSON Schema for the values that the hint allows; <c>{}</c> where it allows all or is not understood.</summary>
    public string? SchemaJson { get; init; }

    /// <summary>It may be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>JSON text of the default value, where it is a constant that JSON can hold.</summary>
    public string? DefaultJson { get; init; }
}
