namespace AutoDev.Contracts.Memento;

/// <summary>No candidate was made for a detected pattern, because a gate or the daily limit refused it. Nothing is lost: Reflection keeps the pattern.</summary>
public sealed record SkillCandidateRefused
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The pattern.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The refused attempt of <c>FailurePatternDetected</c>.</summary>
    public required int Attempt { get; init; }

    /// <summary>The gate's reason, such as <c>daily_limit_exceeded</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Version of the workspace's settings by which it was refused; newer ones may say otherwise.</summary>
    public int SettingsVersion { get; init; }

    /// <summary>Version of the agent's maturity by which it was refused.</summary>
    public int MaturityVersion { get; init; }

    /// <summary>When trying again makes sense (midnight UTC for a daily limit); <c>null</c>: when settings or maturity change.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}
