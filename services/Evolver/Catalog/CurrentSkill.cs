namespace AutoDev.Evolver.Catalog;

/// <summary>This service's copy of what agents get of a skill now: what is worth making better.</summary>
public sealed record CurrentSkill
{
    /// <summary>The skill's name in the catalog.</summary>
    public required string Id { get; init; }

    /// <summary>The version that agents get who are pinned to no other.</summary>
    public required string Version { get; init; }

    /// <summary>Whether agents do not get it any more.</summary>
    public bool Retired { get; init; }

    /// <summary>The catalog's revision of the skill; 0 in what earlier versions said.</summary>
    public required int Revision { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Whether it is newer than what is known: by revision, and where there is none yet by time.</summary>
    public bool IsNewerThan(CurrentSkill? known) => known is null || (Revision, Since).CompareTo((known.Revision, known.Since)) > 0;
}
