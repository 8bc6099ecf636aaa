namespace AutoDev.Evolver.Experiments;

/// <summary>
/// What is known of a skill's evolution: whether an experiment is open, and from when on another may begin by itself. Changed under its lock.
/// </summary>
public sealed record SkillEvolution
{
    /// <summary>The skill's name in the catalog.</summary>
    public required string Id { get; init; }

    /// <summary>The experiment that is open; <c>null</c> where none is.</summary>
    public Guid? OpenExperimentId { get; init; }

    /// <summary>The version on which nothing begins by itself until <see cref="CoolDownUntil"/>.</summary>
    public string? CoolDownVersion { get; init; }

    /// <summary>Until when; people are not held up by it.</summary>
    public DateTimeOffset? CoolDownUntil { get; init; }

    /// <summary>When the last experiment began.</summary>
    public DateTimeOffset? LastStartedAt { get; init; }

    /// <summary>The lock under which it is changed.</summary>
    public static string LockOf(string skill) => $"evolution/{skill}";

    /// <summary>Nothing begins by itself on this version until then.</summary>
    public SkillEvolution Rest(string version, DateTimeOffset until) => this with { CoolDownVersion = version, CoolDownUntil = until };

    /// <summary>Whether nothing begins by itself on this version at this moment.</summary>
    public bool IsCoolingDown(string version, DateTimeOffset now) => CoolDownVersion == version && now < CoolDownUntil;
}
