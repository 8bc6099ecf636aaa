using System.Diagnostics;
using AutoDev.Contracts.Ingest;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Reports;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Executions;

/// <summary>That an execution was recorded, so that it is recorded once. The facts themselves are the Evolver's.</summary>
public sealed record Execution
{
    public required string Id { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>A valid report, and what became of it.</summary>
sealed class ReportedExecution(SkillExecuted executed, string? traceParent)
{
    public SkillExecuted Executed => executed;

    /// <summary>The sender's trace.</summary>
    public string? TraceParent => traceParent;

    public Place<string> Place => new(executed.WorkspaceId, executed.ExecutionId);

    /// <summary>Whether the workspace is known.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Whether it was not recorded before.</summary>
    public bool IsNew { get; set; }
}

/// <summary>Hears of the use of skills on the bus.</summary>
sealed class RecordExecutionConsumer(RecordExecutions record, TimeProvider clock) : IBatchConsumer
{
    public async Task ConsumeAsync(IReadOnlyList<Delivery> batch, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var reports = new List<(Delivery Delivery, ReportedExecution Execution)>(batch.Count);
        foreach (var delivery in batch)
        {
            if (delivery.Read<SkillExecutionReport>() is not { } report) continue;
            var (executed, errors) = RecordExecution.Read(report, now);
            if (executed is null) delivery.Failure = new InvalidMessageException(string.Join(" ", errors.Values));
            else reports.Add((delivery, new(executed, delivery.TraceParent)));
        }

        await record.RecordAsync([.. reports.Select(r => r.Execution)], cancellation);
        foreach (var (delivery, execution) in reports.Where(r => !r.Execution.IsKnown))
            delivery.Failure = new NotYetKnownException($"workspace_id: there is no workspace '{execution.Place.Workspace}'.");
    }
}

/// <summary>What became of an execution: <c>recorded</c>, or <c>duplicate</c> where it was known.</summary>
sealed record ExecutionRecorded(string ExecutionId, string Status);

/// <summary>Records the use of skills once, however often it is reported, and tells the others; all in the session's commit.</summary>
sealed class RecordExecutions(IDocumentSession session, IPublishEndpoint bus)
{
    public async Task RecordAsync(IReadOnlyList<ReportedExecution> reports, CancellationToken cancellation)
    {
        var workspaces = reports.Select(r => r.Place.Workspace).Distinct(StringComparer.Ordinal).Select(w => new Place<string>(w, w)).ToList();
        var known = await session.FindManyAsync<WorkspaceReplica, string>(workspaces, cancellation);
        var seen = await session.FindManyAsync<Execution, string>([.. reports.Select(r => r.Place).Distinct()], cancellation);
        foreach (var report in reports)
        {
            report.IsKnown = known.Contains(new(report.Place.Workspace, report.Place.Workspace));
            report.IsNew = report.IsKnown && seen.Add(report.Place);
        }

        var fresh = reports.Where(r => r.IsNew).ToList();
        session.InsertMany<Execution, string>([.. fresh.Select(r => (r.Place, new Execution { Id = r.Place.Id, RecordedAt = r.Executed.RecordedAt }))]);
        foreach (var report in fresh)
        {
            using var activity = Telemetry.ContinueTrace(report.TraceParent, "record execution");
            await bus.Publish(report.Executed, cancellation);
        }
    }
}

/// <summary>Hears of the use of a skill over HTTP.</summary>
static class RecordExecution
{
    /// <summary>One use of a skill.</summary>
    public static async Task<IResult> Post(
        string workspace, SkillExecutionReport report, GroupCommit<ReportedExecution> commit, TimeProvider clock, CancellationToken cancellation)
    {
        if (report.WorkspaceId is not null && report.WorkspaceId != workspace) return Problem.Invalid("workspace_id", "workspace_id differs from the workspace of the path.");
        var (executed, errors) = Read(report with { WorkspaceId = workspace }, clock.GetUtcNow());
        if (executed is null) return Problem.Invalid(errors);
        var reported = new ReportedExecution(executed, Activity.Current?.Id);
        await commit.CommitAsync([reported], cancellation);
        return TypedResults.Ok(new ExecutionRecorded(executed.ExecutionId, reported.IsNew ? "recorded" : "duplicate"));
    }

    /// <summary>Pure: the fact, or everything that is wrong with the report.</summary>
    internal static (SkillExecuted? Executed, IReadOnlyDictionary<string, string> Errors) Read(SkillExecutionReport report, DateTimeOffset now)
    {
        var check = new ReportCheck();
        check.Id("workspace_id", report.WorkspaceId);
        check.Id("execution_id", report.ExecutionId);
        check.Id("agent_id", report.AgentId);
        check.Id("skill_id", report.SkillId);
        check.Id("skill_version", report.SkillVersion);
        if (report.ExecutionSeconds is null) check.Fail<int>("execution_seconds", "is required.");
        if (report.Success is null) check.Fail<int>("success", "is required.");
        check.Range("execution_seconds", report.ExecutionSeconds, 0, 1_000_000);
        check.Range("token_usage", report.TokenUsage, 0, int.MaxValue);
        check.Range("retries", report.Retries, 0, 1_000_000);
        check.JsonObject("input", report.Input);
        check.Size("output", report.Output);
        if (check.Errors.Count > 0) return (null, check.Errors);

        return (new SkillExecuted
        {
            WorkspaceId = report.WorkspaceId!,
            ExecutionId = report.ExecutionId!,
            AgentId = report.AgentId!,
            SkillName = report.SkillId!,
            SkillVersion = report.SkillVersion!,
            ExecutionSeconds = report.ExecutionSeconds!.Value,
            Success = report.Success!.Value,
            RecordedAt = now,
            TokenUsage = report.TokenUsage ?? 0,
            Retries = report.Retries ?? 0,
            Error = report.Error is null ? null : ReportCheck.Clean(report.Error, ReportCheck.MaxErrorTrace),
            InputJson = ReportCheck.ObjectJson(report.Input),
            OutputJson = ReportCheck.Json(report.Output),
            EpisodeId = report.EpisodeId,
        }, check.Errors);
    }
}
