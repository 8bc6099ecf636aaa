namespace AutoDev.Contracts.Reflection;

/// <summary>An attempt that failed or only partly succeeded was recorded. Said once per episode.</summary>
public sealed record EpisodeFailed
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The agent's own id of the episode, unique within the workspace.</summary>
    public required string EpisodeId { get; init; }

    /// <summary>The agent that tried.</summary>
    public required string AgentId { get; init; }

    /// <summary>What was tried, in words.</summary>
    public required string TaskDescription { get; init; }

    /// <summary><c>failure</c> or <c>partial</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>When Reflection recorded it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The error and its trace.</summary>
    public string? ErrorTrace { get; init; }

    /// <summary>Names of the tools tried.</summary>
    public IReadOnlyList<string> ToolsAttempted { get; init; } = [];

    /// <summary>JSON text of an object: the arguments by name.</summary>
    public string? InputJson { get; init; }

    /// <summary>JSON text of the right answer; <c>null</c> where it is unknown (the answer <c>null</c> is the text "null").</summary>
    public string? ExpectedOutputJson { get; init; }

    /// <summary>How often a person had to step in.</summary>
    public int HumanInterventions { get; init; }

    /// <summary>0 to 1, where it was measured.</summary>
    public double? ConstitutionalScore { get; init; }

    /// <summary>-1 to 1, where it was given.</summary>
    public double? UserFeedback { get; init; }

    /// <summary>Names of the skills used.</summary>
    public IReadOnlyList<string> SkillsUsed { get; init; } = [];
}
