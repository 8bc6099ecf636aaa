namespace AutoDev.Contracts.Memento;

/// <summary>A version of a skill is in the catalog, and every agent of the workspace has it. Versions are immutable.</summary>
public sealed record SkillPublished
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The skill's name, unique within the workspace.</summary>
    public required string SkillName { get; init; }

    /// <summary>Semantic version, 1.0.0 for the first.</summary>
    public required string Version { get; init; }

    /// <summary>The version it was made from; <c>null</c> for the first.</summary>
    public string? ParentVersion { get; init; }

    /// <summary>The candidate it came from; of a mutation: the one of its parent.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>Who approved it.</summary>
    public required string PublishedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Grows with every change of the skill: of two messages the one with the higher number is how it is. 0 in what earlier versions said.</summary>
    public int Revision { get; init; }

    /// <summary>The mutation it came from; <c>null</c> where it came from a candidate.</summary>
    public Guid? MutationId { get; init; }

    /// <summary>The share of the agents that get it until it is confirmed, above 0 up to 1; the others get the parent.</summary>
    public double Share { get; init; } = 1;
}
