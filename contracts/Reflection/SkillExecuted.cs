namespace AutoDev.Contracts.Reflection;

/// <summary>A published skill was used. Said once per execution.</summary>
public sealed record SkillExecuted
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The reporter's own id of the execution, unique within the workspace.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The agent that used it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that ran.</summary>
    public required string SkillVersion { get; init; }

    /// <summary>Wall time in seconds.</summary>
    public required double ExecutionSeconds { get; init; }

    /// <summary>Whether it did what was wanted.</summary>
    public required bool Success { get; init; }

    /// <summary>When it was recorded.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Model tokens.</summary>
    public int TokenUsage { get; init; }

    /// <summary>How often it was tried again.</summary>
    public int Retries { get; init; }

    /// <summary>The error, where it failed.</summary>
    public string? Error { get; init; }

    /// <summary>JSON text of an object: the arguments by name.</summary>
    public string? InputJson { get; init; }

    /// <summary>JSON text of the result.</summary>
    public string? OutputJson { get; init; }

    /// <summary>The episode it was part of.</summary>
    public string? EpisodeId { get; init; }
}
