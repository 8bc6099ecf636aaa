using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Mcp;

/// <summary>
/// Keeps the sandbox's answer to a call, reports the execution by the way that agents report theirs, and wakes whoever waits, on any instance; in one commit. It does
/// so whether or not anybody still waits.
/// </summary>
sealed class RecordCallConsumer(IDocumentSession session) : IConsumer<SandboxRunCompleted>
{
    public async Task Consume(ConsumeContext<SandboxRunCompleted> context)
    {
        var run = context.Message;
        if (run.RequestedBy != SkillCall.Asker) return;
        await session.LockAsync($"call/{run.RunId}", context.CancellationToken);
        if (await session.LoadAsync<SkillCall>(run.RunId, context.CancellationToken) is not { Status: SkillCall.Running } call) return;

        var answered = call.Answered(run);
        session.Store(answered);
        if (answered.Report(run.WorkspaceId) is { } report) await context.SendToIngestAsync("skill.executed", report, context.CancellationToken);
        InstanceSignals.Send(session, InstanceSignals.Call, call.Id.ToString());
    }
}
