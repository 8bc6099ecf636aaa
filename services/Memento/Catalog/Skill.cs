using System.Globalization;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Memento.Catalog;

/// <summary>A skill that every agent of the workspace has, unless it is retired.</summary>
public sealed record Skill
{
    /// <summary>Unique within the workspace.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The task that it was learned for, in the agent's words.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>The version that agents get who are pinned to no other; while it is on trial, a share of them.</summary>
    public required string CurrentVersion { get; init; }

    /// <summary>All versions, oldest first. Their code is in <see cref="SkillVersion"/>.</summary>
    public required IReadOnlyList<VersionEntry> Versions { get; init; }

    /// <summary>When the current version was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Grows by one with every change; the ETag. 0 where nothing has changed since before it was counted.</summary>
    public int Revision { get; init; }

    /// <summary>Since when, by whom and why nobody gets it any more.</summary>
    public Retirement? Retired { get; init; }

    /// <summary>Who gets another version than the current one, whatever is published or rolled back: an agent, or all that have no pin of their own.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];

    /// <summary>Set while the current version is on trial.</summary>
    public Canary? Canary { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(PublishedAt, Name);

    /// <summary>Name, description and task in lower case: what a list is filtered by.</summary>
    public string SearchText => $"{Name} {Name.Replace('_', ' ')} {Description} {TaskDescription}".ToLowerInvariant();

    /// <summary>
    /// The version that an agent gets: the one that it is pinned to, the one that all are pinned to, the current one; while that is on trial, only if the agent's
    /// lot is within its share.
    /// </summary>
    public string VersionFor(string? agent) =>
        (Pins.FirstOrDefault(p => p.AgentId == agent) ?? Pins.FirstOrDefault(p => p.AgentId is null))?.Version
        ?? (Canary is null || Canary.Includes(agent, Name, CurrentVersion) ? CurrentVersion : Canary.InsteadVersion);

    /// <summary>Without what makes some agents get another version than the current one.</summary>
    public Skill AsForAll() => this with { Pins = [], Canary = null };

    /// <summary>Whether there is such a version.</summary>
    public bool Has(string version) => Versions.Any(v => v.Version == version);

    /// <summary>Pure: agents get this version from now on; a trial is over.</summary>
    public Skill RolledBackTo(SkillVersion version) => this with
    {
        CurrentVersion = version.Version, Description = version.Description, TaskDescription = version.TaskDescription ?? TaskDescription,
        PublishedAt = version.PublishedAt, Canary = null, Revision = Revision + 1,
    };

    /// <summary>Pure: the version on trial goes to all from now on.</summary>
    public Skill Confirmed() => this with { Canary = null, Revision = Revision + 1 };

    /// <summary>Pure: nobody gets it from now on.</summary>
    public Skill Retire(Word word) => this with { Retired = new(word.By, word.At, word.Reason), Revision = Revision + 1 };

    /// <summary>Pure: as before it was retired.</summary>
    public Skill Restore() => this with { Retired = null, Revision = Revision + 1 };

    /// <summary>Pure: the agent, or with <c>null</c> everyone without a pin of their own, gets this version from now on.</summary>
    public Skill PinnedTo(string version, string? agent, Word word) =>
        Unpinned(agent) with { Pins = [.. Pins.Where(p => p.AgentId != agent), new(agent, version, word.By, word.At, word.Reason)] };

    /// <summary>Pure: without that pin.</summary>
    public Skill Unpinned(string? agent) => this with { Pins = [.. Pins.Where(p => p.AgentId != agent)], Revision = Revision + 1 };
}

/// <summary>Why agents do not get a skill any more.</summary>
public sealed record Retirement(string By, DateTimeOffset At, string Reason);

/// <summary>A version that stays an agent's.</summary>
/// <param name="AgentId">The agent; <c>null</c> for all that have no pin of their own.</param>
/// <param name="Version">What it gets.</param>
/// <param name="By">Who decided it.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
public sealed record Pin(string? AgentId, string Version, string By, DateTimeOffset At, string Reason);

/// <summary>What somebody said when they decided.</summary>
public readonly record struct Word(string By, string Reason, DateTimeOffset At);

/// <summary>A version in a skill's history.</summary>
public sealed record VersionEntry(
    string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt, Guid? MutationId = null);

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

    /// <summary>The candidate it came from; of a mutation: its parent's.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The mutation it came from; <c>null</c> where it came from a candidate.</summary>
    public Guid? MutationId { get; init; }

    /// <summary>What a mutation changed, in words.</summary>
    public string? Change { get; init; }

    /// <summary>The agent whose failures it was learned from.</summary>
    public required string AgentId { get; init; }

    /// <summary>Who approved it.</summary>
    public required string PublishedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The task that it was learned for; <c>null</c> in versions from before it was kept here.</summary>
    public string? TaskDescription { get; init; }

    /// <summary>The skill's revision since this version; 0 where it was not counted yet.</summary>
    public int SkillRevision { get; init; }

    /// <summary>The id of a version.</summary>
    public static string IdOf(string name, string version) => $"{name}@{version}";
}

/// <summary>Semantic version numbers of skills.</summary>
public static class SkillVersionNumber
{
    /// <summary>The first one.</summary>
    public const string First = "1.0.0";

    /// <summary>
    /// The number of a version that comes from a candidate: the first, or the next minor one, since a candidate answers failures and so mends behaviour.
    /// It follows the highest that there is, not the current one: after a roll back that number is taken.
    /// </summary>
    /// <exception cref="FormatException">One of them is not three whole numbers.</exception>
    public static string AfterCandidate(IEnumerable<string> versions)
    {
        var numbers = versions.Select(Parse).ToList();
        if (numbers.Count == 0) return First;
        var (major, minor, _) = numbers.Max();
        return string.Create(CultureInfo.InvariantCulture, $"{major}.{minor + 1}.0");
    }

    /// <summary>
    /// The number of a version that comes from a mutation: where it mends what its parent failed on, as of a candidate; where it does the same, only faster, the
    /// next patch of its parent's minor number.
    /// </summary>
    /// <exception cref="FormatException">One of them is not three whole numbers.</exception>
    public static string AfterMutation(IEnumerable<string> versions, string parent, bool mends)
    {
        if (mends) return AfterCandidate(versions);
        var (major, minor, _) = Parse(parent);
        var patch = versions.Select(Parse).Where(v => (v.Major, v.Minor) == (major, minor)).Max(v => v.Patch);
        return string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch + 1}");
    }

    static (int Major, int Minor, int Patch) Parse(string version)
    {
        var parts = version.Split('.');
        if (parts.Length != 3 || parts.Any(p => !int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new FormatException($"{version} is no semantic version");
        return (Number(parts[0]), Number(parts[1]), Number(parts[2]));
    }

    static int Number(string part) => int.Parse(part, CultureInfo.InvariantCulture);
}
