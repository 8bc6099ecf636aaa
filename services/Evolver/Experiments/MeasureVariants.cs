using AutoDev.Contracts.SandboxRunner;
using Marten;

namespace AutoDev.Evolver.Experiments;

/// <summary>Fifth stage, the last of each iteration: the most promising variants are measured beside the original, in one container.</summary>
static class MeasureVariants
{
    const int Most = 8;
    const int Rounds = 8;
    const double RoundSeconds = 2;
    const double LeastSeconds = 20;
    const double Confidence = 0.95;

    /// <summary>Asks for the measurement, where there is something to measure and something to measure it on.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment, IReadOnlyList<Variant> variants, IReadOnlyList<TrialInput> inputs)
    {
        var (chosen, timed) = (Promising(variants), Timed(inputs));
        if (chosen.Count == 0 || timed.Count == 0) return await NextIteration.GoOnAsync(turn, experiment, variants);

        var measurement = ExperimentId.Measurement(experiment.Id, experiment.Iteration);
        await turn.MeasureAsync(
            experiment, measurement, [.. chosen.Select(v => v.Source)], [.. timed.Select(i => i.InputJson)], Seconds(timed, chosen.Count), Confidence);
        return experiment.To(
            Stage.Measuring, [measurement],
            $"{variants.Count(v => v.IsSound)} of {variants.Count} do the same; {chosen.Count} are measured on {timed.Count} inputs.", turn.Now);
    }

    /// <summary>Writes down what was measured, and goes on.</summary>
    public static async Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxMeasured measured)
    {
        var variants = await turn.Session.Query<Variant>()
            .Where(v => v.ExperimentId == experiment.Id && v.Iteration == experiment.Iteration).OrderBy(v => v.Number).ToListAsync(turn.Cancellation);
        var after = Promising(variants).Zip(measured.Variants, (variant, times) => Judge(variant, measured.Original, times)).ToList();
        turn.Session.Store<Variant>(after);
        var next = measured.Status == "completed" && measured.Stopped is not ("failed" or "lost")
            ? experiment
            : experiment.Note($"Nothing could be measured: {measured.Reason ?? measured.Stopped ?? measured.Status}", turn.Now);
        return await NextIteration.GoOnAsync(turn, next, [.. variants.Select(v => after.Find(a => a.Id == v.Id) ?? v)]);
    }

    /// <summary>Pure: those that are worth measuring, best first; the same before and after.</summary>
    internal static IReadOnlyList<Variant> Promising(IEnumerable<Variant> variants) =>
        [.. variants.Where(v => v.Status == VariantStatus.Behaves).OrderByDescending(v => v.Mended).ThenBy(v => v.CpuMs).ThenBy(v => v.Number).Take(Most)];

    /// <summary>
    /// Pure: the recorded inputs of one round: those that the original answers, the longest first, until they take long enough to be measured well.
    /// </summary>
    internal static IReadOnlyList<TrialInput> Timed(IReadOnlyList<TrialInput> inputs)
    {
        var (timed, ms) = (new List<TrialInput>(), 0.0);
        foreach (var input in inputs.Where(i => i.IsRecorded && i.Original!.IsOk).OrderByDescending(i => i.Original!.CpuMs))
        {
            timed.Add(input);
            if ((ms += input.Original!.CpuMs) > RoundSeconds * 1000) break;
        }

        return timed;
    }

    /// <summary>Pure: time for some rounds of the original and so many variants, in seconds.</summary>
    internal static double Seconds(IReadOnlyList<TrialInput> timed, int variants, int rounds = Rounds) =>
        Math.Clamp(rounds * (variants + 1) * timed.Sum(i => i.Original!.WallMs) / 1000, LeastSeconds, HoldReference.LongestSeconds);

    static Variant Judge(Variant variant, MeasuredTimes? original, MeasuredTimes times) => times switch
    {
        { Failed: { } why } => variant with { Status = VariantStatus.Failed, Reason = why },
        { Ratio: { } ratio } => variant with
        {
            Status = VariantStatus.Measured, Speedup = new(ratio.Ratio, ratio.Low, ratio.High),
            MemoryRatio = MemoryRatio(original?.PeakMemoryKb ?? [], times.PeakMemoryKb),
        },
        _ => variant,
    };

    /// <summary>Pure: the one's median peak divided by the other's; <c>null</c> where there is none.</summary>
    internal static double? MemoryRatio(IReadOnlyList<long> original, IReadOnlyList<long> variant) =>
        Median(original) is { } one && Median(variant) is { } other && other > 0 ? (double)one / other : null;

    static long? Median(IReadOnlyList<long> values) => values.Count == 0 ? null : values.Order().ElementAt(values.Count / 2);
}
