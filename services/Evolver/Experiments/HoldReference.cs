using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Contests;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// Second stage: what the published version does. It runs twice, in another order; where it does not do the same twice nothing can be compared.
/// </summary>
static class HoldReference
{
    /// <summary>The longest that the sandbox runs anything, in seconds.</summary>
    public const double LongestSeconds = 300;

    /// <summary>Asks for both runs.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment, TrialInputs inputs)
    {
        Guid[] runs = [ExperimentId.Forward(experiment.Id), ExperimentId.Backward(experiment.Id)];
        IReadOnlyList<string> forward = [.. inputs.Inputs.Select(i => i.InputJson)];
        var limits = new SandboxLimits { TimeoutSeconds = LongestSeconds };
        await turn.AskAsync(experiment, runs[0], experiment.Source, experiment.FunctionName, forward, limits, scan: true);
        await turn.AskAsync(experiment, runs[1], experiment.Source, experiment.FunctionName, [.. OtherOrder(inputs.Inputs).Select(i => forward[i])], limits);
        return experiment.To(Stage.Reference, runs, $"The published version runs on {forward.Count} inputs, twice.", turn.Now);
    }

    /// <summary>Keeps one run, and with the second goes on or ends it.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxRunCompleted run)
    {
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!;
        if (run.Status != "completed" || run.Results.Count != inputs.Inputs.Count)
            return await EndExperiment.AsFailedAsync(turn, experiment, $"The published version does not run: {run.Reason ?? run.Status}");

        inputs = Keep(inputs, run, isForward: run.RunId == ExperimentId.Forward(experiment.Id));
        if (experiment.Awaited.Count > 0)
        {
            turn.Session.Store(inputs);
            return experiment;
        }

        var settled = Settle(inputs);
        turn.Session.Store(settled);
        if (!settled.Inputs.Any(i => i.IsRecorded))
        {
            return await EndExperiment.AsFailedAsync(
                turn, experiment, "The published version does not do the same twice on any recorded input, so that nothing can be compared with it.");
        }

        var leftOut = inputs.Inputs.Count - settled.Inputs.Count;
        return await ProposeVariantsConsumer.AskAsync(turn, experiment.Note(leftOut == 0
            ? "It does the same twice on all of them."
            : $"{leftOut} inputs are left out: it does not do the same twice on them, or what it does cannot be compared.", turn.Now));
    }

    /// <summary>Pure: with what one of the runs did, in the order of the inputs.</summary>
    internal static TrialInputs Keep(TrialInputs inputs, SandboxRunCompleted run, bool isForward)
    {
        InputOutcome[] outcomes = [.. run.Results.Select(InputOutcome.Of)];
        if (isForward) return inputs with { Forward = outcomes, Findings = run.SecurityFindings ?? [] };

        var inOrder = new InputOutcome[outcomes.Length];
        foreach (var (at, outcome) in OtherOrder(inputs.Inputs).Zip(outcomes)) inOrder[at] = outcome;
        return inputs with { Backward = inOrder };
    }

    /// <summary>
    /// Pure: the inputs that can be compared on, with what the original does; of its two times the shorter. What it does not come to an end with is of use
    /// where it was recorded only: nobody needs an answer to the others.
    /// </summary>
    internal static TrialInputs Settle(TrialInputs both) => both with
    {
        Forward = null,
        Backward = null,
        Inputs =
        [
            .. both.Inputs.Zip(both.Forward!, both.Backward!)
                .Where(t => t.Second.Ended == t.Third.Ended && Verdict.Of(t.Second, t.Third, mayMend: false) == Verdict.Same
                    && CanBeCompared(t.First, t.Second))
                .Select(t => t.First with { Original = t.Second.CpuMs <= t.Third.CpuMs ? t.Second : t.Third }),
        ],
    };

    // The recorded ones first in both, since they count, and time may run out.
    static IEnumerable<int> OtherOrder(IReadOnlyList<TrialInput> inputs) =>
        Enumerable.Range(0, inputs.Count).OrderByDescending(i => inputs[i].IsRecorded).ThenByDescending(i => i);

    static bool CanBeCompared(TrialInput input, InputOutcome outcome) =>
        outcome.Ended is "ok" or "exception" || input.IsRecorded && outcome.Ended is "timeout" or "out_of_memory" or "killed";
}
