namespace AutoDev.Memento.Candidates;

/// <summary>What an imported skill came as, as stored and as answered.</summary>
public static class OriginKind
{
    /// <summary>An export of a workspace, complete by its own checksums.</summary>
    public const string AutoDev = "auto_dev";

    /// <summary>A folder of Agent Skills that somebody else made.</summary>
    public const string AgentSkill = "agent_skill";

    /// <summary>A Python package that somebody else made.</summary>
    public const string PythonPackage = "python_package";
}

/// <summary>Where a candidate comes from that a person imported. It answers no failures: it has no pattern, no episodes and no agent.</summary>
public sealed record CandidateOrigin
{
    /// <summary>What an imported candidate has in place of a generator.</summary>
    public const string Generator = "import";

    /// <summary>See <see cref="OriginKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The archive.</summary>
    public required string ArchiveSha256 { get; init; }

    /// <summary>The folder in it; empty for the archive itself.</summary>
    public required string Folder { get; init; }

    /// <summary>Who imported it.</summary>
    public required string ImportedBy { get; init; }

    /// <summary>JSON text of what the archive says of itself: whose it was, who approved it, when. Claims, which nobody has checked.</summary>
    public string? ClaimedJson { get; init; }
}
