using AutoDev.Contracts.Memento;

namespace AutoDev.Fitness.Outcomes;

/// <summary>From this moment on agents get this version of a skill, those aside to whom another is pinned.</summary>
public sealed record VersionInForce
{
    /// <summary><c>{skill}@{version}/{moment}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The skill.</summary>
    public required string Skill { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary><c>published</c>, <c>confirmed</c> or <c>rolled_back</c>: from a newer one, or from an older one that had been rolled back to.</summary>
    public required string Because { get; init; }

    /// <summary>A version that only a share of the agents gets is in force from its confirmation on.</summary>
    public static VersionInForce? Of(SkillPublished said) => said.Share < 1 ? null : Of(said.SkillName, said.Version, said.PublishedAt, "published");

    /// <summary>All agents get it.</summary>
    public static VersionInForce Of(SkillVersionConfirmed said) => Of(said.SkillName, said.Version, said.ConfirmedAt, "confirmed");

    /// <summary>Agents get another one.</summary>
    public static VersionInForce Of(SkillRolledBack said) => Of(said.SkillName, said.Version, said.RolledBackAt, "rolled_back");

    static VersionInForce Of(string skill, string version, DateTimeOffset since, string because) =>
        new() { Id = $"{skill}@{version}/{since.UtcTicks}", Skill = skill, Version = version, Since = since, Because = because };
}
