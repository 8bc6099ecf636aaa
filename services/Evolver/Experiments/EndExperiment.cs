using AutoDev.Contracts.Evolver;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// Ends an experiment, whatever the reason, exactly once: the skill is free again, and it is said. A mutation that was still being proven falls with it.
/// </summary>
static class EndExperiment
{
    /// <summary>Ends it as one that could not be held.</summary>
    public static Task<Experiment> AsFailedAsync(Turn turn, Experiment experiment, string why) => StopAsync(turn, experiment, Outcome.Failed, why);

    /// <summary>Ends it before its time, wherever it is.</summary>
    public static async Task<Experiment> StopAsync(Turn turn, Experiment experiment, string outcome, string why)
    {
        if (experiment.Stage == Stage.Proving) await ProveMutation.GiveUpAsync(turn, experiment.MutationId!.Value, why);
        return await RunAsync(turn, experiment, outcome, why);
    }

    /// <summary>Ends it. The experiment's lock is the caller's.</summary>
    public static async Task<Experiment> RunAsync(Turn turn, Experiment experiment, string outcome, string detail)
    {
        await turn.Session.LockAsync(SkillEvolution.LockOf(experiment.SkillName), turn.Cancellation);
        var evolution = await turn.Session.LoadAsync<SkillEvolution>(experiment.SkillName, turn.Cancellation) ?? new() { Id = experiment.SkillName };
        turn.Session.Store(After(evolution, experiment, outcome, turn));
        var ended = experiment.To(Stage.Ended, [], detail, turn.Now) with { Outcome = outcome, Detail = detail, EndedAt = turn.Now };
        await turn.SayAsync(ended.ConversationId, new ExperimentEnded
        {
            WorkspaceId = turn.Workspace, ExperimentId = ended.Id, SkillName = ended.SkillName, Version = ended.Version, Outcome = outcome, Detail = detail,
            MutationId = outcome == Outcome.Improved ? ended.MutationId : null, EndedAt = turn.Now,
        });
        return ended;
    }

    // One that improved needs no rest: while its mutation waits for review nothing begins by itself.
    static SkillEvolution After(SkillEvolution evolution, Experiment experiment, string outcome, Turn turn)
    {
        var free = evolution.OpenExperimentId == experiment.Id ? evolution with { OpenExperimentId = null } : evolution;
        return outcome == Outcome.Improved ? free : free.Rest(experiment.Version, turn.Now + turn.Options.CoolDown);
    }
}
