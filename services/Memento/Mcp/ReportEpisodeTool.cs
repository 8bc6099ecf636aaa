using System.Text.Json;
using AutoDev.Contracts.Ingest;
using AutoDev.Reports;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>Takes an agent's report of an episode to where all of them go. It is judged here by the same rules, so that the agent hears at once what is wrong.</summary>
sealed class ReportEpisodeTool(IDocumentSession session, ISendEndpointProvider bus, Workspace workspace) : ISystemTool
{
    const string Id = "episode_id";

    static readonly JsonElement Schema = JsonElement.Parse(
        """
        {"type": "object", "properties": {
          "task_description": {"type": "string", "description": "The task, in words. The same words for the same task."},
          "outcome": {"enum": ["success", "failure", "partial"]},
          "input": {"type": "object", "description": "The arguments that the task was attempted with, by name."},
          "expected_output": {"description": "The right answer, where somebody who knows it has said so: it is learned from. Leave it out where it is not known."},
          "output": {"description": "What you answered."},
          "error_trace": {"type": "string", "description": "The error and its trace."},
          "tools_attempted": {"type": "array", "items": {"type": "string"}},
          "skills_used": {"type": "array", "items": {"type": "string"}},
          "human_interventions": {"type": "integer", "minimum": 0},
          "constitutional_score": {"type": "number", "minimum": 0, "maximum": 1},
          "user_feedback": {"type": "number", "minimum": -1, "maximum": 1},
          "started_at": {"type": "string", "description": "RFC 3339."},
          "ended_at": {"type": "string", "description": "RFC 3339."},
          "metadata": {"type": "object"},
          "agent_id": {"type": "string", "description": "The agent that it happened to, if it is not you."},
          "episode_id": {"type": "string", "description": "Makes the report count once however often it is sent; made for you where you have none."}},
         "required": ["task_description", "outcome"], "additionalProperties": false}
        """);

    public Tool Tool { get; } = ISystemTool.Described(
        "report_episode", "Report an episode",
        "Reports how an attempt at a task went. Failures of the same task are learned from: a skill is written, proven and reviewed, and then appears among these tools.",
        Schema, isReadOnly: false);

    public async Task<CallToolResult> CallAsync(IDictionary<string, JsonElement>? given, Caller caller, CancellationToken cancellation)
    {
        var (report, fault) = Read(given, workspace.Id!, caller.AgentId);
        if (fault is not null) return ToolAnswer.Trouble(fault);
        await bus.SendToIngestAsync(report!.Outcome == "success" ? "episode.succeeded" : "episode.failed", report, cancellation);
        await session.SaveChangesAsync(cancellation);
        return ToolAnswer.Of($"Episode {report.EpisodeId} is on its way; it counts once.", new() { [Id] = report.EpisodeId, ["status"] = "accepted" });
    }

    /// <summary>Pure but for a new id: the report, or everything that is wrong with it.</summary>
    internal static (EpisodeReport? Report, string? Fault) Read(IDictionary<string, JsonElement>? given, string workspace, string agent)
    {
        if (given?.Keys.FirstOrDefault(name => !Schema.GetProperty("properties").TryGetProperty(name, out _)) is { } unknown) return (null, $"There is no argument '{unknown}'.");
        EpisodeReport report;
        try
        {
            report = JsonSerializer.SerializeToElement(given ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal)).Deserialize<EpisodeReport>(Delivery.Json)!;
        }
        catch (JsonException e)
        {
            return (null, $"{e.Path} cannot be read: {e.Message}");
        }

        report = report with { WorkspaceId = workspace, AgentId = report.AgentId ?? agent, EpisodeId = report.EpisodeId ?? $"mcp-{Guid.CreateVersion7():N}" };
        var faults = EpisodeReportCheck.Faults(report);
        return faults.Count == 0 ? (report, null) : (null, string.Join(" ", faults.Values));
    }
}
