using System.Security.Claims;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.State;

/// <summary>
/// <c>POST /restate?reason=</c>: says everything again to all services, so that copies that were lost or restored from a backup are what they must be. Newer
/// copies stay as they are.
/// </summary>
static class RequestRestatement
{
    public static async Task<IResult> Handle(
        IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock, CancellationToken cancellation, string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        session.Store(AuditEntry.Of(clock.GetUtcNow(), caller.Actor(), "restatement_requested", "installation", reason, before: null, after: null));
        await bus.Publish(new RestateGovernance { RequestedBy = caller.Actor() }, cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Accepted((string?)null);
    }
}
