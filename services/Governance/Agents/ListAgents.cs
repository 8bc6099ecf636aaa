using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Agents;

/// <summary><c>GET /workspaces/{workspace}/agents</c>: by id, each with its readiness.</summary>
static class ListAgents
{
    public static async Task<Page<AgentView>> Handle(IQuerySession session, PageRequest page, CancellationToken cancellation)
    {
        var loaded = await session.Query<Agent>()
            .Where(a => a.Id.CompareTo(page.BeforeId) > 0)
            .OrderBy(a => a.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, a => a.RegisteredAt, a => a.Id, AgentView.Of);
    }
}

/// <summary><c>GET /workspaces/{workspace}/agents/{agent}</c>: with the last decisions about its maturity, newest first. The ETag is its version.</summary>
static class ShowAgent
{
    static readonly PageRequest LastDecisions = new(Limit: 50, DateTimeOffset.MaxValue, "");

    public static async Task<IResult> Handle(string agent, IQuerySession session, HttpResponse response, CancellationToken cancellation)
    {
        agent = Agent.IdOf(agent);
        if (await session.LoadAsync<Agent>(agent, cancellation) is not { } known)
            return Problem.NotFound($"There is no agent {agent}: it has reported no episode, and nobody has registered it.");

        var history = await ListAudit.PageAsync(session, LastDecisions, new(Subject: Agent.SubjectOf(agent)), cancellation);
        response.Headers.ETag = IfMatch.Tag(known.Version);
        return TypedResults.Ok(AgentView.Of(known) with { History = history.Items });
    }
}

/// <summary>An agent as it is answered.</summary>
sealed record AgentView(
    string AgentId, Maturity Maturity, int Version, DateTimeOffset RegisteredAt, DateTimeOffset ChangedAt, string ChangedBy, string Reason,
    EvidenceView Evidence, ReadinessView Readiness)
{
    /// <summary>Decisions about its maturity; only where one agent was asked for.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AuditEntry>? History { get; init; }

    public static AgentView Of(Agent agent) => new(
        agent.Id, agent.Maturity, agent.Version, agent.RegisteredAt, agent.ChangedAt, agent.ChangedBy, agent.Reason,
        EvidenceView.Of(agent.Evidence), ReadinessView.Of(Agents.Readiness.Of(agent.Maturity, agent.Evidence)));
}

/// <summary>Rates and scores from 0 to 1; <c>null</c> where nothing was measured.</summary>
sealed record EvidenceView(int Episodes, int EpisodesWithIntervention, decimal? InterventionRate, decimal? ConstitutionalScore)
{
    public static EvidenceView Of(Evidence evidence) => new(
        evidence.Episodes, evidence.WithIntervention, Round(evidence.InterventionRate()), Round(evidence.ConstitutionalScore()));

    static decimal? Round(decimal? value) => value is { } known ? decimal.Round(known, 4) : null;
}

/// <summary>0 to 100 with its three parts of 40, 30 and 30, the next level (<c>null</c>: none) and what is missing for it.</summary>
sealed record ReadinessView(decimal Score, ReadinessParts Parts, Maturity? NextLevel, IReadOnlyList<string> Gaps)
{
    public static ReadinessView Of(Readiness readiness) => new(
        readiness.Score, new(readiness.Episodes, readiness.Interventions, readiness.Constitutional), readiness.NextLevel, readiness.Gaps);
}

/// <summary>The parts of a readiness score.</summary>
sealed record ReadinessParts(decimal Episodes, decimal Interventions, decimal Constitutional);
