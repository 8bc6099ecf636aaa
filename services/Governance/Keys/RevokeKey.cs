using System.Security.Claims;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Keys;

/// <summary><c>DELETE /workspaces/{workspace}/api-keys/{key}?reason=</c>: the key opens nothing any more, for good. It stays listed.</summary>
static class RevokeKey
{
    public static async Task<IResult> Handle(
        string key, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock, CancellationToken cancellation,
        string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync($"api-key:{key}", cancellation);
        if (await session.LoadAsync<IssuedKey>(key, cancellation) is not { } known) return Problem.NotFound($"There is no key {key} in this workspace.");
        if (known.RevokedAt is not null) return TypedResults.NoContent();

        var revoked = known with { RevokedAt = clock.GetUtcNow(), RevokedBy = caller.Actor() };
        session.Store(revoked);
        session.Store(revoked.Record(reason));
        await bus.Publish(revoked.Say(), cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.NoContent();
    }
}
