using System.Security.Claims;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Agents;

/// <summary>
/// <c>PUT /workspaces/{workspace}/agents/{agent}/maturity</c>: a person decides, up or down, and says why. Nothing takes a given maturity away again but
/// another such decision; an agent set back begins to earn anew.
/// </summary>
static class SetMaturity
{
    public static async Task<IResult> Handle(
        string workspace, string agent, MaturityRequest body, HttpContext http, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller,
        TimeProvider clock, CancellationToken cancellation)
    {
        agent = Agent.IdOf(agent);
        if (MaturityRequest.Parse(body.Maturity) is not { } wanted) return Problem.Invalid("maturity", MaturityRequest.Allowed);
        if (Reason.Fault(body.Reason, isRequired: true) is { } fault) return Problem.Invalid("reason", fault);

        await session.LockAsync(Agent.SubjectOf(agent), cancellation);
        if (await session.LoadAsync<Agent>(agent, cancellation) is not { } known) return Problem.NotFound($"There is no agent {agent}; register it first.");
        if (!IfMatch.Allows(http.Request.Headers.IfMatch, known.Version))
            return Problem.Changed($"The agent is {known.Maturity} at version {known.Version} by {known.ChangedBy}: look at it again and decide again.");
        if (known.Maturity == wanted) return TypedResults.Ok(AgentView.Of(known));

        var after = known.At(wanted, body.Reason!, caller.Actor(), clock.GetUtcNow());
        var settings = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!.Settings;
        await session.StoreAndSayAsync(bus, known, after, settings, cancellation);
        await session.SaveChangesAsync(cancellation);
        http.Response.Headers.ETag = IfMatch.Tag(after.Version);
        return TypedResults.Ok(AgentView.Of(after));
    }
}
