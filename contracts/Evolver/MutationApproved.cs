namespace AutoDev.Contracts.Evolver;

/// <summary>
/// A mutation shall become the skill's next version, by a person's word or by the rule of <c>auto_promote</c>. Memento answers with
/// <see cref="Memento.SkillPublished"/> that names the mutation, or with <see cref="Memento.MutationNotPublished"/>.
/// </summary>
public sealed record MutationApproved
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The mutation.</summary>
    public required Guid MutationId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it was made from and compared with; it is published only while agents get this one.</summary>
    public required string ParentVersion { get; init; }

    /// <summary>The function to call, as in the parent.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>What was changed, in words.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it answers what the parent failed on: then the minor number grows, else the patch number.</summary>
    public required bool Mends { get; init; }

    /// <summary>A person's or key's name, or <c>system:auto_promote</c>.</summary>
    public required string ApprovedBy { get; init; }

    /// <summary>Why, where a reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ApprovedAt { get; init; }
}
