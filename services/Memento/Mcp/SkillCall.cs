using System.Text.Json;
using AutoDev.Contracts.Ingest;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
using AutoDev.Reports;

namespace AutoDev.Memento.Mcp;

/// <summary>One call of a skill by an agent over MCP: from the request to the sandbox's answer, for whichever instance waits for it.</summary>
public sealed record SkillCall
{
    /// <summary>Who asks the sandbox for such a run.</summary>
    public const string Asker = "mcp";

    /// <summary>Nothing is known of its end.</summary>
    public const string Running = "running";

    /// <summary>The call, its sandbox run and its execution.</summary>
    public required Guid Id { get; init; }

    /// <summary>The skill.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that runs.</summary>
    public required string Version { get; init; }

    /// <summary>The agent that called.</summary>
    public required string AgentId { get; init; }

    /// <summary>JSON text of an object.</summary>
    public required string InputJson { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CalledAt { get; init; }

    /// <summary><see cref="Running"/>, or as the sandbox says: <c>completed</c>, <c>load_failed</c>, <c>sandbox_unavailable</c>, <c>invalid_request</c>.</summary>
    public string Status { get; init; } = Running;

    /// <summary>Why, where it is neither running nor completed.</summary>
    public string? Reason { get; init; }

    /// <summary>What the call did, where it ran.</summary>
    public InputResult? Result { get; init; }

    /// <summary>The function returned.</summary>
    internal bool Succeeded => Status == "completed" && Result is { Ended: "ok", ValueJson: not null };

    /// <summary>What went wrong, in words; of interest where it did not succeed.</summary>
    internal string Trouble => this switch
    {
        { Status: "sandbox_unavailable" } => $"The sandbox is unavailable, and nothing ran: {Reason}",
        { Result: { Ended: "exception" } r } => $"{r.ExceptionType}: {r.Message}",
        { Result: { } r } => $"The call ended with {r.Ended}: {r.Message}",
        _ => $"The skill could not be run ({Status}): {Reason}",
    };

    /// <summary>A new one.</summary>
    internal static SkillCall Of(SkillVersion skill, string agent, string inputJson, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now), SkillName = skill.SkillName, Version = skill.Version, AgentId = agent, InputJson = inputJson, CalledAt = now,
    };

    /// <summary>The same, answered.</summary>
    internal SkillCall Answered(SandboxRunCompleted run) => this with { Status = run.Status, Reason = run.Reason, Result = run.Results is [var only] ? only : null };

    /// <summary>
    /// The use of the skill, as an agent would report it; <c>null</c> where it was not used, since nothing ran. A result too large to be reported is left out.
    /// </summary>
    internal SkillExecutionReport? Report(string workspace) => Status is not ("completed" or "load_failed")
        ? null
        : new()
        {
            ExecutionId = $"mcp-{Id:N}", WorkspaceId = workspace, AgentId = AgentId, SkillId = SkillName, SkillVersion = Version,
            ExecutionSeconds = Math.Max(0, Result?.WallMs ?? 0) / 1000, TokenUsage = 0, Success = Succeeded, Retries = 0, Error = Succeeded ? null : Trouble,
            Input = JsonElement.Parse(InputJson), Output = Succeeded && Result!.ValueJson!.Length <= ReportCheck.MaxJson ? JsonElement.Parse(Result.ValueJson) : default,
        };
}
