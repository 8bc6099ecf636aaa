using System.Text.Json.Serialization;

namespace AutoDev.Reflection.Episodes;

/// <summary>One attempt of an agent at a task, as it was recorded.</summary>
public sealed record Episode
{
    /// <summary>The agent's own id, unique within the workspace.</summary>
    public required string Id { get; init; }

    public required string AgentId { get; init; }

    public required string TaskDescription { get; init; }

    public required Outcome Outcome { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorTrace { get; init; }

    public IReadOnlyList<string> ToolsAttempted { get; init; } = [];

    /// <summary>JSON text of an object.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InputJson { get; init; }

    /// <summary>JSON text; <c>null</c> where the right answer is unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ExpectedOutputJson { get; init; }

    /// <summary>JSON text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OutputJson { get; init; }

    public int HumanInterventions { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ConstitutionalScore { get; init; }

    /// <summary>As the agent reported it, -1 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? UserFeedback { get; init; }

    /// <summary>What was last said of it afterwards, -1 to 1; the history is <see cref="EpisodeFeedback"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LatestFeedback { get; init; }

    public IReadOnlyList<string> SkillsUsed { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>JSON text of an object.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MetadataJson { get; init; }

    /// <summary>The failure pattern that it became part of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? PatternId { get; init; }

    /// <summary>How often that pattern had fired when this failure joined it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PatternAttempt { get; init; }

    /// <summary>Routing leaves an escaped slash as it is, and agents' ids may have one.</summary>
    public static string IdOfRoute(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}

/// <summary>How an attempt ended.</summary>
public enum Outcome
{
    Success,
    Failure,
    Partial,
}
