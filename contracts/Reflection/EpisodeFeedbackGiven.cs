namespace AutoDev.Contracts.Reflection;

/// <summary>Somebody said how good an episode was, after it had been reported. Said once per feedback; the latest of an episode counts.</summary>
public sealed record EpisodeFeedbackGiven
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The episode.</summary>
    public required string EpisodeId { get; init; }

    /// <summary>The agent that tried.</summary>
    public required string AgentId { get; init; }

    /// <summary>Unique within the workspace.</summary>
    public required string FeedbackId { get; init; }

    /// <summary>-1 (bad) to 1 (good).</summary>
    public required double Value { get; init; }

    /// <summary>In words, where there were some.</summary>
    public string? Comment { get; init; }

    /// <summary>Names of the skills that the episode used.</summary>
    public IReadOnlyList<string> SkillsUsed { get; init; } = [];

    /// <summary>Who.</summary>
    public required string GivenBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset GivenAt { get; init; }
}
