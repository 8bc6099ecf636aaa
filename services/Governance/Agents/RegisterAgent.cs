using System.Security.Claims;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Agents;

/// <summary>
/// <c>PUT /workspaces/{workspace}/agents/{agent}</c>, body optional: registers an agent as a STUDENT (an operator may), or makes it what the body says (an
/// administrator may, with a reason). Without a maturity in the body a known agent stays as it is.
/// </summary>
static class RegisterAgent
{
    const int LongestId = 200;

    public static async Task<IResult> Handle(
        string workspace, string agent, MaturityRequest? body, IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, TimeProvider clock,
        CancellationToken cancellation)
    {
        agent = Agent.IdOf(agent);
        if (string.IsNullOrWhiteSpace(agent) || agent.Length > LongestId || agent.Any(char.IsControl))
            return Problem.Invalid("agent", $"An agent's id has 1 to {LongestId} characters, none of them a control character.");
        if (Reason.Fault(body?.Reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        if (body?.Maturity is not null && MaturityRequest.Parse(body.Maturity) is null) return Problem.Invalid("maturity", MaturityRequest.Allowed);

        await session.LockAsync(Agent.SubjectOf(agent), cancellation);
        var known = await session.LoadAsync<Agent>(agent, cancellation);
        var current = known?.Maturity ?? Maturity.Student;
        var wanted = MaturityRequest.Parse(body?.Maturity) ?? current;
        if (known is not null && wanted == current) return TypedResults.Ok(AgentView.Of(known));

        if (wanted != current)
        {
            if (!caller.IsAtLeast(Roles.Admin, workspace))
                return Problem.Of(StatusCodes.Status403Forbidden, "forbidden", "Not allowed", "Only an administrator gives an agent a maturity that it has not earned.");
            if (string.IsNullOrWhiteSpace(body?.Reason)) return Problem.Invalid("reason", "reason is required: say why.");
        }

        var (by, now) = (caller.Actor(), clock.GetUtcNow());
        var reason = string.IsNullOrWhiteSpace(body?.Reason) ? "Registered" : body.Reason;
        var after = known?.At(wanted, reason, by, now) ?? Agent.Register(workspace, agent, wanted, reason, by, now);
        var settings = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!.Settings;
        await session.StoreAndSayAsync(bus, known, after, settings, cancellation);
        await session.SaveChangesAsync(cancellation);
        return known is null
            ? TypedResults.Created($"/workspaces/{workspace}/agents/{Uri.EscapeDataString(agent)}", AgentView.Of(after))
            : TypedResults.Ok(AgentView.Of(after));
    }
}

/// <summary>Which maturity, and why. A string, so that a wrong word is answered with the right ones.</summary>
sealed record MaturityRequest(string? Maturity, string? Reason)
{
    public const string Allowed = "maturity must be STUDENT, INTERN, SUPERVISED or AUTONOMOUS.";

    public static Maturity? Parse(string? word) => word switch
    {
        "STUDENT" => Contracts.Governance.Maturity.Student,
        "INTERN" => Contracts.Governance.Maturity.Intern,
        "SUPERVISED" => Contracts.Governance.Maturity.Supervised,
        "AUTONOMOUS" => Contracts.Governance.Maturity.Autonomous,
        _ => null,
    };
}
