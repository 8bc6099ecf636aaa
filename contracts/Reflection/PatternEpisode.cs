namespace AutoDev.Contracts.Reflection;

/// <summary>One failure within a <see cref="FailurePatternDetected"/>.</summary>
public sealed record PatternEpisode
{
    /// <summary>The agent's own id of the episode.</summary>
    public required string EpisodeId { get; init; }

    /// <summary>The task, in this episode's words.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>The error and its trace.</summary>
    public string? ErrorTrace { get; init; }

    /// <summary>Names of the tools tried.</summary>
    public IReadOnlyList<string> ToolsAttempted { get; init; } = [];

    /// <summary>JSON text of an object: the arguments by name.</summary>
    public string? InputJson { get; init; }

    /// <summary>JSON text of the right answer; <c>null</c> where it is unknown (the answer <c>null</c> is the text "null").</summary>
    public string? ExpectedOutputJson { get; init; }
}
