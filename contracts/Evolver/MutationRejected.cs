namespace AutoDev.Contracts.Evolver;

/// <summary>A person rejected the mutation.</summary>
public sealed record MutationRejected
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it was made from.</summary>
    public required string ParentVersion { get; init; }

    /// <summary>Who.</summary>
    public required string RejectedBy { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RejectedAt { get; init; }
}
