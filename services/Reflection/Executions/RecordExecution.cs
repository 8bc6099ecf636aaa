using AutoDev.Contracts.Ingest;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Executions;

/// <summary>That an execution was recorded, so that it is recorded once. The facts themselves are the Evolver's.</summary>
public sealed record Execution
{
    public required string Id { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>Records the use of a skill once, however often it is reported, and tells the others.</summary>
public sealed class RecordExecutionConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillExecutionReport>
{
    public async Task Consume(ConsumeContext<SkillExecutionReport> context)
    {
        var (executed, errors) = RecordExecution.Read(context.Message, clock.GetUtcNow());
        if (executed is null) throw new InvalidMessageException(string.Join(" ", errors.Values));
        if (await session.SettingsAsync(context.CancellationToken) is null)
            throw new NotYetKnownException($"workspace_id: there is no workspace '{context.Message.WorkspaceId}'.");
        await RecordExecution.Once(executed, session, context, context.CancellationToken);
    }
}

/// <summary>What became of an execution: <c>recorded</c>, or <c>duplicate</c> where it was known.</summary>
sealed record ExecutionRecorded(string ExecutionId, string Status);

static class RecordExecution
{
    /// <summary>One use of a skill.</summary>
    public static async Task<IResult> Post(
        string workspace, SkillExecutionReport report, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (report.WorkspaceId is not null && report.WorkspaceId != workspace) return Problem.Invalid("workspace_id", "workspace_id differs from the workspace of the path.");
        var (executed, errors) = Read(report with { WorkspaceId = workspace }, clock.GetUtcNow());
        if (executed is null) return Problem.Invalid(errors);
        var isNew = await Once(executed, session, bus, cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(new ExecutionRecorded(executed.ExecutionId, isNew ? "recorded" : "duplicate"));
    }

    /// <summary>Pure: the fact, or everything that is wrong with the report.</summary>
    internal static (SkillExecuted? Executed, IReadOnlyDictionary<string, string> Errors) Read(SkillExecutionReport report, DateTimeOffset now)
    {
        var check = new Check();
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
        check.Object("input", report.Input);
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
            Error = report.Error is null ? null : Check.Clean(report.Error, Check.MaxErrorTrace),
            InputJson = Check.ObjectJson(report.Input),
            OutputJson = Check.Json(report.Output),
            EpisodeId = report.EpisodeId,
        }, check.Errors);
    }

    internal static async Task<bool> Once(SkillExecuted executed, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Execution>(executed.ExecutionId, cancellation) is not null) return false;
        session.Insert(new Execution { Id = executed.ExecutionId, RecordedAt = executed.RecordedAt });
        await bus.Publish(executed, cancellation);
        return true;
    }
}
