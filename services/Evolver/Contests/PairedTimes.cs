namespace AutoDev.Evolver.Contests;

/// <summary>The CPU times of an original and a variant that ran in turn, round by round; what slows a round slows both.</summary>
/// <param name="Original">Milliseconds, one a round.</param>
/// <param name="Variant">Milliseconds of the same rounds.</param>
public sealed record PairedTimes(IReadOnlyList<double> Original, IReadOnlyList<double> Variant)
{
    /// <summary>No time counts as less than this many milliseconds: one below the clock's grain would make any ratio.</summary>
    const double Grain = 0.01;

    /// <summary>
    /// The original's time divided by the variant's, with an interval that holds the true ratio with at least this confidence, whatever the shape of the noise:
    /// Tukey's interval from the Wilcoxon signed-rank statistic on the logarithms of the rounds' ratios, and the Hodges-Lehmann estimate (M. Hollander,
    /// D. A. Wolfe, "Nonparametric statistical methods", sections 3.2 and 3.3). It asks only that the noise of a ratio is symmetric, which
    /// it is where the order within a round is drawn by lot. <c>null</c> with too few rounds for such a confidence.
    /// </summary>
    public Speedup? Compare(double confidence)
    {
        var count = Math.Min(Original.Count, Variant.Count);
        var logs = new double[count];
        for (var i = 0; i < count; i++) logs[i] = Math.Log(Math.Max(Original[i], Grain) / Math.Max(Variant[i], Grain));
        if (RanksLeftOut(count, (1 - confidence) / 2) is not { } left) return null;

        var means = new double[count * (count + 1) / 2];
        for (int i = 0, at = 0; i < count; i++)
        {
            for (var j = i; j < count; j++) means[at++] = (logs[i] + logs[j]) / 2;
        }

        Array.Sort(means);
        var middle = (means[(means.Length - 1) / 2] + means[means.Length / 2]) / 2;
        return new(Math.Exp(middle), Math.Exp(means[left]), Math.Exp(means[^(left + 1)]));
    }

    /// <summary>The largest number of means to leave out at each end so that one end misses the truth with at most this probability.</summary>
    static int? RanksLeftOut(int count, double tail)
    {
        if (count is 0 or > 1000) return null;
        // The share of the 2^n ways to give signs to the ranks 1..n in which the positive ones add up to each sum.
        var shares = new double[count * (count + 1) / 2 + 1];
        shares[0] = 1;
        for (var rank = 1; rank <= count; rank++)
        {
            for (var sum = shares.Length - 1; sum >= 0; sum--) shares[sum] = (shares[sum] + (sum >= rank ? shares[sum - rank] : 0)) / 2;
        }

        int? left = null;
        var below = 0.0;
        for (var sum = 0; sum < shares.Length && (below += shares[sum]) <= tail; sum++) left = sum;
        return left;
    }
}

/// <summary>How many times as fast a variant is.</summary>
/// <param name="Ratio">The estimate: above 1 the variant is faster.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record Speedup(double Ratio, double Low, double High)
{
    /// <summary>A win below this is not worth a new version.</summary>
    public const double LeastWin = 1.05;

    /// <summary>Confidence with which a contest is decided.</summary>
    public const double Confidence = 0.98;

    /// <summary>The variant won: it is faster by more than what is not worth a new version, beyond the noise of the measurement.</summary>
    public bool IsWin => Low > LeastWin;
}
