using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Gates;

/// <summary>
/// <c>GET /workspaces/{workspace}/agents/{agent}/capabilities</c>: what the gate says now, by switches and maturity. Today's use of a limit is counted where
/// the capability is used, and not known here.
/// </summary>
static class ShowCapabilities
{
    public static async Task<IResult> Handle(string workspace, string agent, IQuerySession session, CancellationToken cancellation)
    {
        agent = Agent.IdOf(agent);
        if (await session.LoadAsync<Agent>(agent, cancellation) is not { } known)
            return Problem.NotFound($"There is no agent {agent}: it has reported no episode, and nobody has registered it.");
        var settings = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!.Settings;
        return TypedResults.Ok(Decide(settings, known.Maturity));
    }

    /// <summary>Pure: the gate's answer for each capability.</summary>
    public static CapabilitiesView Decide(WorkspaceSettings settings, Maturity maturity) => new(maturity,
    [
        .. from capability in Capability.All
           let decision = Gate.Decide(capability, settings, maturity)
           select new CapabilityView(
               capability.Name, decision.IsAllowed, decision.Reason, decision.IsAllowed ? null : decision.Detail,
               capability.Minimum, settings.Enabled && capability.IsOn(settings), capability.DailyLimit(settings)),
    ]);
}

/// <summary>An agent's capabilities.</summary>
sealed record CapabilitiesView(Maturity Maturity, IReadOnlyList<CapabilityView> Items);

/// <summary>
/// The gate's answer for one capability. The reason is as in <see cref="GateRefused.Reason"/>, <c>null</c> where it is allowed; the daily limit is for the
/// whole workspace.
/// </summary>
sealed record CapabilityView(string Capability, bool Allowed, string? Reason, string? Detail, Maturity MinimumMaturity, bool Enabled, int DailyLimit);
