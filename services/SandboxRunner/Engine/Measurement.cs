namespace AutoDev.SandboxRunner.Engine;

/// <summary>
/// Asks for a paired measurement: in every round the original and each variant run once, in random order, each in a fresh process that loads the source and
/// then calls the function once with each input. What is compared is the CPU time of the calls, as the kernel bills it; loading is timed apart.
/// </summary>
public sealed record MeasurementJob(
    Guid RunId, string WorkspaceId, string FunctionName, string Original, IReadOnlyList<string> Variants, IReadOnlyList<string> Inputs, RunLimits Limits)
{
    /// <summary>
    /// Enough when every interval is at most this wide: its upper end divided by its lower end, less one. 0.05 tells a difference of about 3 % from none.
    /// </summary>
    public double TargetWidth { get; init; } = 0.05;

    /// <summary>Wall time after which no further round begins, in seconds.</summary>
    public double BudgetSeconds { get; init; } = 30;

    /// <summary>Rounds before an interval is believed, from 3.</summary>
    public int LeastRounds { get; init; } = 8;

    /// <summary>Rounds after which it ends.</summary>
    public int MostRounds { get; init; } = 200;

    /// <summary>Confidence of the intervals, between 0 and 1.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Makes the order of each round; the same seed gives the same orders.</summary>
    public int Seed { get; init; }
}

/// <summary>The result of a <see cref="MeasurementJob"/>.</summary>
/// <param name="Original">The original's times.</param>
/// <param name="Variants">The variants' times and ratios, in the job's order.</param>
/// <param name="Rounds">Rounds in which every source that still took part ran.</param>
/// <param name="Stopped">
/// Why it ended: <c>narrow</c> (every interval is), <c>budget</c>, <c>rounds</c>, <c>failed</c> (the original, or every variant, did not come to an end) or
/// <c>lost</c> (the container was).
/// </param>
/// <param name="Reason">More words, where it did not end <c>narrow</c>.</param>
public sealed record Measurement(MeasuredSource Original, IReadOnlyList<MeasuredVariant> Variants, int Rounds, string Stopped, string? Reason);

/// <summary>The raw times of one source, one of each a round.</summary>
/// <param name="CpuMs">CPU milliseconds of the calls.</param>
/// <param name="WallMs">Wall milliseconds of the calls.</param>
/// <param name="LoadCpuMs">CPU milliseconds of loading the module.</param>
/// <param name="PeakKb">Peak memory of the process in KiB.</param>
/// <param name="Raised">How many of the inputs ended with an exception, in the first round; their time counts too.</param>
/// <param name="Failed">Why it was taken out, where it was: it did not load, timed out, died.</param>
public sealed record MeasuredSource(
    IReadOnlyList<double> CpuMs, IReadOnlyList<double> WallMs, IReadOnlyList<double> LoadCpuMs, IReadOnlyList<long> PeakKb, int Raised, string? Failed);

/// <summary>A variant's times and how they compare.</summary>
/// <param name="Times">Its raw times.</param>
/// <param name="Ratio">The original's time divided by the variant's: above 1 the variant is faster. <c>null</c> where there are too few rounds.</param>
public sealed record MeasuredVariant(MeasuredSource Times, RatioInterval? Ratio);

/// <summary>A ratio with its confidence interval.</summary>
/// <param name="Ratio">Geometric mean of the paired ratios.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record RatioInterval(double Ratio, double Low, double High);
