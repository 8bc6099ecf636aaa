using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Contests;
using Marten;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// Fourth stage: do the variants do the same? First on a few inputs, which ends most of what is wrong, then on all; all variants at once, on as many sandbox
/// hosts as
/// there are.
/// </summary>
static class TryVariants
{
    const int Few = 5;
    const int SlackSeconds = 10;

    /// <summary>Asks for the first run of each variant; without any the iteration is over.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment, IReadOnlyList<Variant> variants)
    {
        if (variants.Count == 0) return await NextIteration.GoOnAsync(turn, experiment, []);
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!.Inputs;
        foreach (var variant in variants) await RunAsync(turn, experiment, variant, ExperimentId.OnFew(variant.Id), FewOf(inputs));
        return experiment.To(Stage.Trying, [.. variants.Select(v => ExperimentId.OnFew(v.Id))], $"{variants.Count} variants are tried.", turn.Now);
    }

    /// <summary>Judges one run. With the last of all the survivors are measured.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxRunCompleted run)
    {
        var variants = await turn.Session.Query<Variant>()
            .Where(v => v.ExperimentId == experiment.Id && v.Iteration == experiment.Iteration).OrderBy(v => v.Number).ToListAsync(turn.Cancellation);
        var variant = variants.Single(v => ExperimentId.OnFew(v.Id) == run.RunId || ExperimentId.OnAll(v.Id) == run.RunId);
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!.Inputs;
        var isFirst = run.RunId == ExperimentId.OnFew(variant.Id);
        var judged = Judge(experiment, variant, isFirst ? FewOf(inputs) : inputs, run);
        if (isFirst && judged.IsSound)
        {
            var next = ExperimentId.OnAll(variant.Id);
            await RunAsync(turn, experiment, variant, next, inputs);
            return experiment with { Awaited = [.. experiment.Awaited, next] };
        }

        turn.Session.Store(judged);
        return experiment.Awaited.Count > 0
            ? experiment
            : await MeasureVariants.AskAsync(turn, experiment, [.. variants.Select(v => v.Id == judged.Id ? judged : v)], inputs);
    }

    /// <summary>Pure: the variant after a run on these inputs.</summary>
    internal static Variant Judge(Experiment experiment, Variant variant, IReadOnlyList<TrialInput> inputs, SandboxRunCompleted run)
    {
        if (run.Status != "completed" || run.Results.Count != inputs.Count)
        {
            var reason = run.SyntaxError ? "It does not parse." : $"It does not run: {run.Reason ?? run.Status}";
            return variant with { Status = VariantStatus.Failed, Reason = reason };
        }

        InputOutcome[] outcomes = [.. run.Results.Select(InputOutcome.Of)];
        string[] verdicts = [.. inputs.Zip(outcomes, (input, outcome) => Verdict.Of(input.Original!, outcome, MayMend(experiment, input)))];
        var differs = Array.IndexOf(verdicts, Verdict.Differs);
        return differs >= 0
            ? variant with { Status = VariantStatus.Differs, Reason = Difference(inputs[differs], outcomes[differs]) }
            : variant with
            {
                Status = VariantStatus.Behaves,
                Mended = inputs.Zip(verdicts).Count(t => t.First.IsRecorded && t.Second == Verdict.Mended),
                CpuMs = outcomes.Sum(o => o.CpuMs),
            };
    }

    /// <summary>
    /// An answer where the original fails is wanted of a repair, and welcome on recorded inputs; on others it is a change that nobody asked for.
    /// </summary>
    internal static bool MayMend(Experiment experiment, TrialInput input) => input.IsRecorded || experiment.IsRepair;

    /// <summary>Time enough for twice what the original takes, in seconds.</summary>
    internal static SandboxLimits Limits(IReadOnlyList<TrialInput> inputs) =>
        new() { TimeoutSeconds = Math.Min(SlackSeconds + 2 * inputs.Sum(i => i.Original!.WallMs) / 1000, HoldReference.LongestSeconds) };

    static Task RunAsync(Turn turn, Experiment experiment, Variant variant, Guid run, IReadOnlyList<TrialInput> inputs) =>
        turn.AskAsync(experiment, run, variant.Source, experiment.FunctionName, [.. inputs.Select(i => i.InputJson)], Limits(inputs));

    static IReadOnlyList<TrialInput> FewOf(IReadOnlyList<TrialInput> inputs) => [.. inputs.OrderBy(i => i.Original!.CpuMs).Take(Few)];

    static string Difference(TrialInput input, InputOutcome outcome) =>
        $"On {Quote(input.InputJson)} the published version {Does(input.Original!)}, this {Does(outcome)}.";

    static string Does(InputOutcome o) => o.Ended switch
    {
        "ok" => $"returns {Quote(o.ValueJson!)}",
        "exception" => $"raises {o.ExceptionType}",
        _ => $"ends as {o.Ended}",
    };

    static string Quote(string text)
    {
        const int Longest = 120;
        return text.Length > Longest ? $"{text[..Longest]}…" : text;
    }
}
