namespace AutoDev.Evolver.Catalog;

/// <summary>This service's copy of a published version of a skill: what a mutation starts from. Versions are immutable.</summary>
public sealed record SkillVersion
{
    /// <summary><c>{skill}@{version}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>Semantic version.</summary>
    public required string Version { get; init; }

    /// <summary>The version it was made from; <c>null</c> for the first.</summary>
    public string? ParentVersion { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The id of a version of a skill.</summary>
    public static string IdOf(string skill, string version) => $"{skill}@{version}";
}
