namespace AutoDev.Contracts.Evolver;

/// <summary>Asks one of the Evolver's mutators for other forms of a source, in an experiment that waits for them.</summary>
public sealed record ProposeVariants
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The experiment.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>Its iteration, counted from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The mutator: <c>rewrite_rules</c> or <c>language_model</c>.</summary>
    public required string Mutator { get; init; }
}
