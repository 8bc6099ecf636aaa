using System.Globalization;
using AutoDev.Evolver.Mutations;

namespace AutoDev.Evolver.Contests;

/// <summary>How a contest between a version and its mutation ended.</summary>
/// <param name="IsWon">Whether the mutation won.</param>
/// <param name="Detail">Why, in words.</param>
/// <param name="Mended">Recorded inputs that it answers where the version fails.</param>
/// <param name="Speed">How many times as fast it is; <c>null</c> where that was not measured often enough.</param>
/// <param name="Memory">How many times as sparing with memory.</param>
public sealed record Contest(bool IsWon, string Detail, int Mended, Speedup? Speed, Speedup? Memory)
{
    /// <summary>A table or a set is worth memory: only who needs more than this many times as much loses by it.</summary>
    public const double MostMemory = 1.5;

    /// <summary>
    /// Pure. Behaviour first: whatever differs anywhere is out. What mends wins, unless it is slower or needs much more memory; else the whole interval of
    /// speed
    /// or of memory must lie above <see cref="Speedup.LeastWin"/>, and the other must not have become worse beyond the noise.
    /// </summary>
    public static Contest Decide(IReadOnlyList<InputComparison> inputs, ContestTiming? timing)
    {
        var speed = timing is null ? null : new PairedTimes(timing.OriginalCpuMs, timing.MutationCpuMs).Compare(Speedup.Confidence);
        var memory = timing is null ? null : new PairedTimes(Kib(timing.OriginalMemoryKb), Kib(timing.MutationMemoryKb)).Compare(Speedup.Confidence);
        var mended = inputs.Count(i => i.IsRecorded && i.Verdict == Verdict.Mended);
        var (isWon, detail) = Judge(inputs, mended, speed, memory);
        return new(isWon, detail, mended, speed, memory);
    }

    static (bool IsWon, string Detail) Judge(IReadOnlyList<InputComparison> inputs, int mended, Speedup? speed, Speedup? memory)
    {
        var differ = inputs.Count(i => i.Verdict == Verdict.Differs);
        if (differ > 0) return (false, $"It does something else on {differ} of {inputs.Count} inputs.");
        if (speed is { High: < 1 / Speedup.LeastWin }) return (false, $"It is slower: {Words(speed)} times as fast.");
        if (memory is { High: < 1 / MostMemory }) return (false, $"It needs too much memory: {Words(memory)} times as sparing.");

        var answers = mended > 0
            ? $"It answers {mended} of {inputs.Count} inputs on which the original fails, and does the same on the others"
            : $"It does the same on all {inputs.Count} inputs";
        var measured = speed is null ? "" : $", and is {Words(speed)} times as fast";
        if (mended > 0 || speed is { IsWin: true }) return (true, $"{answers}{measured}.");
        if (memory is { IsWin: true }) return (true, $"{answers}, and is {Words(memory)} times as sparing with memory.");
        return (false, speed is null
            ? $"{answers}, but too few rounds could be measured to tell whether it is faster."
            : $"{answers}{measured}: not more than chance and what is not worth a new version.");
    }

    static IReadOnlyList<double> Kib(IReadOnlyList<long> memory) => [.. memory.Select(m => (double)m)];

    static string Words(Speedup s) => string.Create(CultureInfo.InvariantCulture, $"{s.Ratio:0.00} ({s.Low:0.00} to {s.High:0.00})");
}
