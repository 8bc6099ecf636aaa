using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Ingest;

/// <summary>
/// One use of a published skill, as agents write it: plain snake_case JSON to <c>autodev.ingest</c> (routing key <c>skill.executed</c>)
/// or to <c>POST /workspaces/{workspace}/executions</c>.
/// </summary>
public sealed record SkillExecutionReport
{
    /// <summary>Required. Idempotency key within the workspace.</summary>
    [JsonPropertyName("execution_id")] public string? ExecutionId { get; init; }

    /// <summary>Required over the bus.</summary>
    [JsonPropertyName("workspace_id")] public string? WorkspaceId { get; init; }

    /// <summary>Required.</summary>
    [JsonPropertyName("agent_id")] public string? AgentId { get; init; }

    /// <summary>Required: the skill's name in the catalog.</summary>
    [JsonPropertyName("skill_id")] public string? SkillId { get; init; }

    /// <summary>Required: the version that ran, such as <c>1.0.0</c>.</summary>
    [JsonPropertyName("skill_version")] public string? SkillVersion { get; init; }

    /// <summary>Required: wall time in seconds, 0 or more.</summary>
    [JsonPropertyName("execution_seconds")] public double? ExecutionSeconds { get; init; }

    /// <summary>Model tokens that the execution cost, 0 or more.</summary>
    [JsonPropertyName("token_usage"), JsonConverter(typeof(WholeNumber))] public int? TokenUsage { get; init; }

    /// <summary>Required.</summary>
    [JsonPropertyName("success")] public bool? Success { get; init; }

    /// <summary>How often the agent tried again, 0 or more.</summary>
    [JsonPropertyName("retries"), JsonConverter(typeof(WholeNumber))] public int? Retries { get; init; }

    /// <summary>The error, where it failed.</summary>
    [JsonPropertyName("error")] public string? Error { get; init; }

    /// <summary>A JSON object: the arguments by name.</summary>
    [JsonPropertyName("input"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement Input { get; init; }

    /// <summary>Any JSON: the result.</summary>
    [JsonPropertyName("output"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement Output { get; init; }

    /// <summary>The episode it was part of.</summary>
    [JsonPropertyName("episode_id")] public string? EpisodeId { get; init; }
}
