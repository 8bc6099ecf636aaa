using AutoDev.Contracts.Evolver;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Mutations;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Experiments;

/// <summary>An experiment that somebody wants.</summary>
/// <param name="Id">Its id, if it begins.</param>
/// <param name="SkillName">The skill.</param>
/// <param name="Reason">What shall become better, see <see cref="Experiment.Reason"/>.</param>
/// <param name="StartedBy">Who wants it.</param>
/// <param name="Iterations">1 to 20.</param>
sealed record Wish(Guid Id, string SkillName, string Reason, string StartedBy, int Iterations)
{
    /// <summary>The version that is meant; <c>null</c> for whichever agents get.</summary>
    public string? Version { get; init; }

    /// <summary>The agent that showed the need.</summary>
    public string? AgentId { get; init; }

    /// <summary>For what is drawn by lot; <c>null</c> to have it drawn itself.</summary>
    public int? Seed { get; init; }

    /// <summary>Whether no person asks: then it waits while the version rests or a mutation of it waits for review.</summary>
    public bool IsAutomatic => StartedBy.StartsWith("system:", StringComparison.Ordinal);
}

/// <summary>What came of a wish.</summary>
/// <param name="Outcome">
/// <c>started</c>, <c>open</c> (one is, and this is counted to it), <c>cooling_down</c>, <c>waits_for_review</c> (a mutation does), <c>unknown_skill</c>,
/// <c>not_current</c>, <c>no_inputs</c> or <c>refused</c>.
/// </param>
/// <param name="Detail">The outcome in words.</param>
/// <param name="ExperimentId">The experiment that began, or is open.</param>
/// <param name="Refused">The gate's word, where it refused.</param>
public sealed record Beginning(string Outcome, string Detail, Guid? ExperimentId = null, GateDecision? Refused = null)
{
    /// <summary>Whether it began.</summary>
    public bool HasStarted => Outcome == "started";
}

/// <summary>Begins an experiment where gate, quota and the skill's state allow it: one at a time for each skill.</summary>
static class BeginExperiment
{
    /// <summary>Stores and says what begins; the caller commits, and nothing was taken from the day's limit unless it does.</summary>
    /// <param name="turn">The transaction.</param>
    /// <param name="wish">What is wanted.</param>
    /// <param name="capability">What the gate is asked for.</param>
    /// <param name="facts">What it decides by.</param>
    /// <param name="counted">A profile that the session has changed and not committed.</param>
    public static async Task<Beginning> TryAsync(Turn turn, Wish wish, Capability capability, GateFacts facts, SkillProfile? counted = null)
    {
        var (session, cancellation) = (turn.Session, turn.Cancellation);
        if (Refusal(Gate.Decide(capability, facts.Settings, facts.Maturity)) is { } refused) return refused;

        await session.LockAsync(SkillEvolution.LockOf(wish.SkillName), cancellation);
        var evolution = await session.LoadAsync<SkillEvolution>(wish.SkillName, cancellation) ?? new() { Id = wish.SkillName };
        var current = await session.LoadAsync<CurrentSkill>(wish.SkillName, cancellation);
        var version = current is null ? null : await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(wish.SkillName, current.Version), cancellation);
        if (WhyNot(wish, evolution, current, version, turn.Now) is { } reason) return reason;
        if (wish.IsAutomatic && await WaitsAsync(turn, version!)) return new("waits_for_review", "A mutation of this version waits for review.");
        var profiles = await session.Query<SkillProfile>().Where(p => p.SkillName == wish.SkillName).ToListAsync(cancellation);
        var recorded = GatherInputs.Recorded(profiles.Where(p => p.Id != counted?.Id).Concat(counted is null ? [] : [counted]), turn.Options.RecordedInputs);
        if (recorded.Count == 0) return new("no_inputs", "No input of this skill was recorded: there is nothing to compare on.");
        if (Refusal(await DailyQuota.TakeAsync(session, capability, facts.Settings, facts.Maturity, turn.Now, cancellation)) is { } exceeded) return exceeded;

        session.Store(evolution with { OpenExperimentId = wish.Id, LastStartedAt = turn.Now });
        var experiment = await GatherInputs.AskAsync(turn, Decide(wish, version!, turn), recorded);
        session.Store(experiment);
        await turn.SayAsync(experiment.ConversationId, new ExperimentStarted
        {
            WorkspaceId = turn.Workspace, ExperimentId = wish.Id, SkillName = wish.SkillName, Version = version!.Version, Reason = wish.Reason,
            AgentId = wish.AgentId, StartedBy = wish.StartedBy, Iterations = wish.Iterations, StartedAt = turn.Now,
        });
        return new("started", "An experiment began.", wish.Id);
    }

    /// <summary>Pure: why the skill's state does not allow it; <c>null</c> where it does.</summary>
    internal static Beginning? WhyNot(
        Wish wish, SkillEvolution evolution, CurrentSkill? current, SkillVersion? version, DateTimeOffset now) => (current, version) switch
    {
        _ when evolution.OpenExperimentId is { } open => new("open", $"Experiment {open} on this skill is open.", open),
        (null, _) or (_, null) => new("unknown_skill", "No version of this skill is published."),
        ({ Retired: true }, _) => new("not_current", "The skill is retired."),
        var (c, _) when wish.Version is { } meant && meant != c.Version => new("not_current", $"Agents get {c.Version} now, not {meant}."),
        var (c, _) when wish.IsAutomatic && evolution.IsCoolingDown(c.Version, now) =>
            new("cooling_down", $"The last experiment on {c.Version} came to nothing; the next may begin by itself at {evolution.CoolDownUntil:u}."),
        _ => null,
    };

    /// <summary>Pure: the experiment, before it has asked anything.</summary>
    internal static Experiment Decide(Wish wish, SkillVersion version, Turn turn) => new()
    {
        Id = wish.Id, SkillName = wish.SkillName, Version = version.Version, FunctionName = version.FunctionName, Source = version.Source, Reason = wish.Reason,
        AgentId = wish.AgentId, StartedBy = wish.StartedBy, Iterations = wish.Iterations,
        Seed = wish.Seed ?? BitConverter.ToInt32(wish.Id.ToByteArray(), 10) & int.MaxValue,
        Budget = new(turn.Options.Runs, turn.Options.Seconds, 0), Stage = Stage.Inputs,
        ConversationId = (turn.Bus as ConsumeContext)?.ConversationId ?? wish.Id,
        StartedAt = turn.Now,
    };

    static Beginning? Refusal(GateDecision decision) => decision.IsAllowed ? null : new("refused", decision.Detail, Refused: decision);

    static Task<bool> WaitsAsync(Turn turn, SkillVersion version) => turn.Session.Query<Mutation>().AnyAsync(
        m => m.SkillName == version.SkillName && m.ParentVersion == version.Version
            && (m.Status == MutationStatus.Passed || m.Status == MutationStatus.Approved),
        turn.Cancellation);
}
