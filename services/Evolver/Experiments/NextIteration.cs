using AutoDev.Evolver.Mutations;
using Marten;

namespace AutoDev.Evolver.Experiments;

/// <summary>At the end of an iteration: another one, the proof of the best form, or the end.</summary>
static class NextIteration
{
    /// <summary>Goes on.</summary>
    /// <param name="turn">The transaction.</param>
    /// <param name="experiment">The experiment, which waits for nothing.</param>
    /// <param name="changed">Variants of this iteration as they are now, which the session has not committed yet.</param>
    public static async Task<Experiment> GoOnAsync(Turn turn, Experiment experiment, IReadOnlyList<Variant> changed)
    {
        var stored = await turn.Session.Query<Variant>().Where(v => v.ExperimentId == experiment.Id).ToListAsync(turn.Cancellation);
        var (next, best) = Decide(experiment, [.. stored.Where(v => changed.All(c => c.Id != v.Id)), .. changed], turn.Options.Patience);
        if (best is null && next.Outcome is null) return await ProposeVariantsConsumer.AskAsync(turn, next);
        return best is not null
            ? await ProveMutation.AskAsync(turn, next, best)
            : await EndExperiment.RunAsync(turn, next, next.Outcome!, next.Detail!);
    }

    /// <summary>Pure: the form to prove, or the outcome; neither where another iteration is worth it.</summary>
    internal static (Experiment Next, Variant? Best) Decide(Experiment experiment, IReadOnlyList<Variant> variants, int patience)
    {
        var best = Archive.Of(experiment, variants).Best;
        var before = Archive.Of(experiment, variants.Where(v => v.Iteration < experiment.Iteration)).Best;
        var isFruitful = best is not null && best.Iteration == experiment.Iteration && Archive.IsBetter(best, before);
        var next = experiment with { Fruitless = isFruitful ? 0 : experiment.Fruitless + 1 };
        var isAffordable = next.Spent.Runs < next.Budget.Runs && next.Spent.Seconds < next.Budget.Seconds;
        if (next.Iteration < next.Iterations && next.Fruitless < patience && isAffordable) return (next, null);
        if (best is not null && Archive.IsBetter(best, null)) return (next, best);
        return (next with
        {
            Outcome = next.VariantCount == 0 ? Outcome.NothingProposed : Outcome.NothingBetter,
            Detail = next.VariantCount == 0
                ? "The mutators know no other form of this source."
                : $"{next.VariantCount} variants were tried in {next.Iteration} iterations; {variants.Count(v => v.IsSound)} do the same, none is better.",
        }, null);
    }
}
