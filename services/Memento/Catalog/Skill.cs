using System.Globalization;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Memento.Catalog;

/// <summary>A skill that every agent of the workspace has.</summary>
public sealed record Skill
{
    /// <summary>Unique within the workspace.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The task that it was learned for, in the agent's words.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>The version that agents get.</summary>
    public required string CurrentVersion { get; init; }

    /// <summary>All versions, oldest first. Their code is in <see cref="SkillVersion"/>.</summary>
    public required IReadOnlyList<VersionEntry> Versions { get; init; }

    /// <summary>When the current version was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(PublishedAt, Name);

    /// <summary>Name, description and task in lower case: what a search looks through.</summary>
    public string SearchText => $"{Name} {Name.Replace('_', ' ')} {Description} {TaskDescription}".ToLowerInvariant();
}

/// <summary>A version in a skill's history.</summary>
public sealed record VersionEntry(string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt);

/// <summary>One version of a skill. Immutable.</summary>
public sealed record SkillVersion
{
    /// <summary><c>{name}@{version}</c>.</summary>
    public string Id => IdOf(SkillName, Version);

    /// <summary>The skill.</summary>
    public required string SkillName { get; init; }

    /// <summary>Semantic version.</summary>
    public required string Version { get; init; }

    /// <summary>The version it was made from.</summary>
    public string? ParentVersion { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>Names of its parameters, in order.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>How the function is called; <c>null</c> where that was not read when the version was proven.</summary>
    public FunctionSignature? Signature { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>The candidate it came from.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The agent whose failures it was learned from.</summary>
    public required string AgentId { get; init; }

    /// <summary>Who approved it.</summary>
    public required string PublishedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The id of a version.</summary>
    public static string IdOf(string name, string version) => $"{name}@{version}";
}

/// <summary>Semantic version numbers of skills.</summary>
public static class SkillVersionNumber
{
    /// <summary>The first one.</summary>
    public const string First = "1.0.0";

    /// <summary>The number of a version that comes from a candidate: the first, or the next minor one, since a candidate answers failures and so mends behaviour.</summary>
    /// <exception cref="FormatException">The current one is not three whole numbers.</exception>
    public static string AfterCandidate(string? current) => current is null ? First : NextMinor(current);

    static string NextMinor(string version)
    {
        var parts = version.Split('.');
        if (parts.Length != 3 || parts.Any(p => !int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _))) throw new FormatException($"{version} is no semantic version");
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]}.{int.Parse(parts[1], CultureInfo.InvariantCulture) + 1}.0");
    }
}
