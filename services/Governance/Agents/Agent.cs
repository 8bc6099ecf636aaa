using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Governance.Audit;

namespace AutoDev.Governance.Agents;

/// <summary>An agent, how far it has earned autonomy, and what it earned it with.</summary>
public sealed record Agent
{
    /// <summary>The agent's own id, unique within the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The maturity.</summary>
    public required Maturity Maturity { get; init; }

    /// <summary>Grows by one with every change of the maturity, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>What counts for the next level.</summary>
    public Evidence Evidence { get; init; } = new();

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>The maturity before the last change; <c>null</c> where there was none.</summary>
    public Maturity? Previous { get; init; }

    /// <summary>Why the maturity was changed last.</summary>
    public required string Reason { get; init; }

    /// <summary>Who changed it last: a person, or <see cref="Graduation"/> or <see cref="Registration"/>.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>When it was changed last.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The rule that raises an agent by one level, as <see cref="ChangedBy"/>.</summary>
    public const string Graduation = "graduation";

    /// <summary>The rule that registers an agent at its first episode, as <see cref="ChangedBy"/>.</summary>
    public const string Registration = "registration";

    /// <summary>The audit log's subject for an agent.</summary>
    public static string SubjectOf(string id) => $"agent:{id}";

    /// <summary>The id in a route's value: ASP.NET decodes every escape there but that of a slash, and agents choose their ids.</summary>
    public static string IdOf(string routeValue) => routeValue.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>A new agent.</summary>
    public static Agent Register(string workspace, string id, Maturity maturity, string reason, string by, DateTimeOffset now) => new()
    {
        Id = id, WorkspaceId = workspace, Maturity = maturity, Version = 1, RegisteredAt = now, Reason = reason, ChangedBy = by, ChangedAt = now,
    };

    /// <summary>
    /// The same agent at another level. One that a person sets back begins to earn anew: with its old evidence the next episode would undo the decision.
    /// </summary>
    public Agent At(Maturity maturity, string reason, string by, DateTimeOffset now) => this with
    {
        Maturity = maturity,
        Version = Version + 1,
        Previous = Maturity,
        Evidence = maturity < Maturity ? new() : Evidence,
        Reason = reason,
        ChangedBy = by,
        ChangedAt = now,
    };

    /// <summary>The agent after an episode: with the episode counted, and one level up where that is due. Nothing sets an agent back by itself.</summary>
    public Agent After(int humanInterventions, double? constitutionalScore, DateTimeOffset now)
    {
        var counted = this with { Evidence = Evidence.With(humanInterventions, constitutionalScore) };
        var readiness = Readiness.Of(counted.Maturity, counted.Evidence);
        return readiness is { IsReady: true, NextLevel: { } next } ? counted.At(next, Readiness.Words(counted.Evidence), Graduation, now) : counted;
    }

    /// <summary>The whole state as every service hears it.</summary>
    public AgentMaturityChanged Say() => new()
    {
        WorkspaceId = WorkspaceId, AgentId = Id, Version = Version, Maturity = Maturity, Previous = Previous,
        Reason = Reason, ChangedBy = ChangedBy, ChangedAt = ChangedAt,
    };

    /// <summary>The capabilities that the last change made possible, each to be announced.</summary>
    public IReadOnlyList<CapabilityUnlocked> Unlocked(WorkspaceSettings settings) =>
    [
        .. from capability in Capability.All
           where capability.Minimum <= Maturity && capability.Minimum > (Previous ?? Maturity.Student)
           let isOn = settings.Enabled && capability.IsOn(settings)
           select new CapabilityUnlocked
           {
               WorkspaceId = WorkspaceId,
               AgentId = Id,
               Capability = $"auto_dev.{capability.Name}",
               Message = $"Agent has graduated to use {Title(capability)}. "
                   + (isOn ? "It is enabled in this workspace." : "Enable it in Settings > Auto-Dev to activate."),
               ActionRequired = !isOn,
               UnlockedAt = ChangedAt,
           },
    ];

    /// <summary>The decision that led from <paramref name="before"/> to this.</summary>
    public AuditEntry Record(Agent? before) => AuditEntry.Of(
        ChangedAt, ChangedBy, before is null ? "agent_registered" : "maturity_changed", SubjectOf(Id), Reason,
        before is null ? null : Facts(before), Facts(this));

    static object Facts(Agent agent) => new { maturity = agent.Maturity, episodes = agent.Evidence.Episodes };

    static string Title(Capability capability) => string.Join(' ', capability.Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>What an agent's episodes say about it. Sums, so that the order in which the episodes are heard does not matter.</summary>
public sealed record Evidence
{
    /// <summary>Episodes, whatever their outcome.</summary>
    public int Episodes { get; init; }

    /// <summary>Episodes in which a person had to step in.</summary>
    public int WithIntervention { get; init; }

    /// <summary>Episodes that carried a constitutional score.</summary>
    public int Scored { get; init; }

    /// <summary>The sum of those scores. Decimal: a limit such as 0.70 is met or not met exactly.</summary>
    public decimal ScoreTotal { get; init; }

    /// <summary>The same with one episode more.</summary>
    public Evidence With(int humanInterventions, double? constitutionalScore) => new()
    {
        Episodes = Episodes + 1,
        WithIntervention = WithIntervention + (humanInterventions > 0 ? 1 : 0),
        Scored = Scored + (constitutionalScore is null ? 0 : 1),
        ScoreTotal = ScoreTotal + (decimal)(constitutionalScore ?? 0),
    };

    /// <summary>0 to 1; <c>null</c> without an episode.</summary>
    public decimal? InterventionRate() => Episodes == 0 ? null : (decimal)WithIntervention / Episodes;

    /// <summary>The average, 0 to 1; <c>null</c> where no episode carried one.</summary>
    public decimal? ConstitutionalScore() => Scored == 0 ? null : ScoreTotal / Scored;
}
