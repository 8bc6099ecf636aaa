using System.Security.Claims;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;

namespace AutoDev.Governance.Webhooks;

/// <summary>
/// <c>POST /workspaces/{workspace}/webhook-deliveries/{delivery}/replay?reason=</c>: sends it again, from the first attempt on, under the same id. A receiver that
/// had it takes it for a repeat.
/// </summary>
static class ReplayDelivery
{
    public static async Task<IResult> Handle(
        string delivery, IDocumentSession session, ClaimsPrincipal caller, TimeProvider clock, CancellationToken cancellation, string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync($"webhook/{delivery}", cancellation);
        if (await session.LoadAsync<WebhookDelivery>(delivery, cancellation) is not { } known)
            return Problem.NotFound($"There is no delivery {delivery} in this workspace.");

        var now = clock.GetUtcNow();
        var again = known.Again(now);
        session.Store(again);
        session.Store(AuditEntry.Of(
            now, caller.Actor(), "webhook_delivery_replayed", $"webhook-delivery:{delivery}", reason, new { state = known.State, known.Attempts, known.LastError },
            new { state = again.State, again.Attempts }));
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(again);
    }
}
