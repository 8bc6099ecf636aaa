using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Memento.Catalog;

/// <summary>What may happen to a skill beside the publication of its versions, as stored and as answered.</summary>
public static class SkillEventKind
{
    /// <summary>A version came into the catalog. Not stored: the versions tell it.</summary>
    public const string Published = "published";

    /// <summary>Agents get an earlier version again.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>A version that was on trial goes to all.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>Nobody gets it any more.</summary>
    public const string Retired = "retired";

    /// <summary>Agents get it again.</summary>
    public const string Restored = "restored";

    /// <summary>An agent, or all, keep a version.</summary>
    public const string Pinned = "pinned";

    /// <summary>They get the current one again.</summary>
    public const string Unpinned = "unpinned";
}

/// <summary>One decision on a skill. Events are added, never changed.</summary>
public sealed record SkillEvent
{
    /// <summary>Time-ordered.</summary>
    public required Guid Id { get; init; }

    /// <summary>The skill.</summary>
    public required string SkillName { get; init; }

    /// <summary>See <see cref="SkillEventKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The version that agents get, or would, since then.</summary>
    public required string Version { get; init; }

    /// <summary>The version that they got before, where it is another.</summary>
    public string? FromVersion { get; init; }

    /// <summary>Whose pin; <c>null</c> for everyone's.</summary>
    public string? AgentId { get; init; }

    /// <summary>The skill's revision since then.</summary>
    public required int Revision { get; init; }

    /// <summary>Who.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(At, Id.ToString());

    /// <summary>Pure: what happened between two states of a skill.</summary>
    public static SkillEvent Of(string kind, Skill before, Skill after, Word word, string? version = null, string? agent = null) => new()
    {
        Id = Guid.CreateVersion7(word.At), SkillName = after.Name, Kind = kind, Version = version ?? after.CurrentVersion,
        FromVersion = before.VersionFor(agent) is var from && from == (version ?? after.CurrentVersion) ? null : from, AgentId = agent,
        Revision = after.Revision, By = word.By, Reason = word.Reason, At = word.At,
    };
}
