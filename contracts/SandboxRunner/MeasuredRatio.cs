namespace AutoDev.Contracts.SandboxRunner;

/// <summary>The original's CPU time divided by the variant's, paired round by round: above 1 the variant is faster. It is no noise where the interval excludes 1.</summary>
public sealed record MeasuredRatio
{
    /// <summary>Geometric mean of the rounds' ratios.</summary>
    public required double Ratio { get; init; }

    /// <summary>Lower end of the confidence interval.</summary>
    public required double Low { get; init; }

    /// <summary>Upper end of the confidence interval.</summary>
    public required double High { get; init; }
}
