namespace AutoDev.Contracts.Fitness;

/// <summary>The outcomes of a skill's version became worse at some point in time, by more than chance makes them.</summary>
public sealed record FitnessDropped
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary><c>skill:{name}@{version}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Mean of the outcomes before, 0 to 1.</summary>
    public required double Before { get; init; }

    /// <summary>Mean of the outcomes since, 0 to 1.</summary>
    public required double After { get; init; }

    /// <summary>Probability of such a change, or a greater one, if nothing had happened.</summary>
    public required double PValue { get; init; }

    /// <summary>The first outcome that belongs to the worse time.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset FoundAt { get; init; }
}
