using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Ingest;

/// <summary>
/// One attempt of an agent at a task, as agents write it: plain snake_case JSON to the exchange <c>autodev.ingest</c>
/// (routing key <c>episode.failed</c> or <c>episode.succeeded</c>) or to <c>POST /workspaces/{workspace}/episodes</c>.
/// Every property may be absent on the wire; what is required is checked on arrival, with a message that says what is missing.
/// </summary>
public sealed record EpisodeReport
{
    /// <summary>Required, at most 200 characters. Idempotency key within the workspace: a second report with the same id changes nothing.</summary>
    [JsonPropertyName("episode_id")] public string? EpisodeId { get; init; }

    /// <summary>Required over the bus; over HTTP the workspace of the path is taken and a different one is refused.</summary>
    [JsonPropertyName("workspace_id")] public string? WorkspaceId { get; init; }

    /// <summary>Required, at most 200 characters.</summary>
    [JsonPropertyName("agent_id")] public string? AgentId { get; init; }

    /// <summary>Required, at most 4,000 characters of free text.</summary>
    [JsonPropertyName("task_description")] public string? TaskDescription { get; init; }

    /// <summary>Required: <c>success</c>, <c>failure</c> or <c>partial</c>.</summary>
    [JsonPropertyName("outcome")] public string? Outcome { get; init; }

    /// <summary>The error and its trace, at most 64 KiB; more is cut.</summary>
    [JsonPropertyName("error_trace")] public string? ErrorTrace { get; init; }

    /// <summary>Names of the tools that the agent tried, in order.</summary>
    [JsonPropertyName("tools_attempted")] public IReadOnlyList<string>? ToolsAttempted { get; init; }

    /// <summary>A JSON object: the arguments the task was attempted with, by name.</summary>
    [JsonPropertyName("input"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement Input { get; init; }

    /// <summary>Any JSON: the right answer, where a person or a downstream system supplied it. JSON <c>null</c> is an answer; absent means unknown.</summary>
    [JsonPropertyName("expected_output"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement ExpectedOutput { get; init; }

    /// <summary>Any JSON: what the agent answered.</summary>
    [JsonPropertyName("output"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement Output { get; init; }

    /// <summary>How often a person had to step in, 0 or more.</summary>
    [JsonPropertyName("human_interventions"), JsonConverter(typeof(WholeNumber))] public int? HumanInterventions { get; init; }

    /// <summary>Compliance with the workspace's rules, 0 to 1.</summary>
    [JsonPropertyName("constitutional_score")] public double? ConstitutionalScore { get; init; }

    /// <summary>The user's verdict, -1 to 1.</summary>
    [JsonPropertyName("user_feedback")] public double? UserFeedback { get; init; }

    /// <summary>Names of the skills that the agent used.</summary>
    [JsonPropertyName("skills_used")] public IReadOnlyList<string>? SkillsUsed { get; init; }

    /// <summary>RFC 3339; without an offset it is UTC.</summary>
    [JsonPropertyName("started_at"), JsonConverter(typeof(Timestamp))] public DateTimeOffset? StartedAt { get; init; }

    /// <summary>RFC 3339; without an offset it is UTC.</summary>
    [JsonPropertyName("ended_at"), JsonConverter(typeof(Timestamp))] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>A JSON object of the agent's own.</summary>
    [JsonPropertyName("metadata"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public JsonElement Metadata { get; init; }
}
