using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Queue;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using JasperFx;
using Marten;
using MassTransit;
using System.Security.Claims;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Ends an operator's run before its end. Another service's run is not ended: that service waits for the answer.</summary>
static class CancelRun
{
    public static async Task<IResult> Delete(
        string workspace, Guid run, IDocumentSession session, RequestQueue queue, InstancePresence presence, IPublishEndpoint bus, TimeProvider clock,
        ClaimsPrincipal caller, CancellationToken cancellation)
    {
        if (await queue.FindAsync(RunKind.Key(workspace, run), cancellation) is not { } pending)
            return await session.LoadAsync<SandboxRun>(run, cancellation) is null ? GetRun.NotFound(run) : Ended();
        if (pending.RequestedBy != StartRun.Word) return Problem.Conflict($"The run was asked for by {pending.RequestedBy}, which waits for its answer.");

        var now = clock.GetUtcNow();
        var answer = new SandboxRunCompleted
        {
            RunId = run, WorkspaceId = workspace, RequestedBy = pending.RequestedBy, SubjectId = pending.SubjectId, Status = "cancelled",
            Reason = $"Cancelled by {caller.Actor()}", Results = [], CompletedAt = now,
        };
        session.Insert(new SandboxRun
        {
            Id = run, RequestedBy = pending.RequestedBy, SubjectId = pending.SubjectId, FunctionName = HostileText.Short(pending.FunctionName),
            Inputs = pending.Inputs, Status = answer.Status, QueuedAt = pending.QueuedAt, StartedAt = pending.StartedAt ?? now,
            CompletedAt = now, Answer = answer,
        });
        queue.Remove(session, pending.Number);
        await bus.Publish(answer, cancellation);
        await bus.SayDecisionAsync(
            workspace, caller.Actor(), "run_cancelled", $"run:{run}", reason: null, new { status = pending.Status }, new { status = answer.Status }, now,
            cancellation);
        try
        {
            await session.SaveChangesAsync(cancellation);
        }
        catch (DocumentAlreadyExistsException)
        {
            return Ended();
        }

        await presence.CancelAsync(pending.Number, cancellation);
        return TypedResults.NoContent();

        static IResult Ended() => Problem.Conflict("The run has ended.");
    }
}
