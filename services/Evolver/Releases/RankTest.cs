namespace AutoDev.Evolver.Releases;

/// <summary>Whether the values of one of two groups tend to be greater, whatever their distribution.</summary>
static class RankTest
{
    /// <summary>
    /// The probability of ranks as high as those of the first group, or higher, if both came from one distribution: the one-sided test of Mann and Whitney by the normal
    /// approximation, with correction for continuity and for ties (H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947), 50-60; M. Hollander,
    /// D. A. Wolfe, "Nonparametric statistical methods", section 4.1). It needs no table for groups of any size; far out, where few arrangements
    /// are left, it says more than the exact probability, never less: so it errs to the safe side.
    /// </summary>
    /// <returns>1 where a group is empty or all values are equal.</returns>
    public static double PValue(IReadOnlyList<double> values, IReadOnlyList<double> others)
    {
        var (n, m) = ((double)values.Count, (double)others.Count);
        var all = values.Select(v => (Value: v, IsFirst: true)).Concat(others.Select(v => (Value: v, IsFirst: false))).OrderBy(v => v.Value).ToList();
        var (rankSum, ties) = (0.0, 0.0);
        for (int from = 0, to; from < all.Count; from = to)
        {
            for (to = from; to < all.Count && all[to].Value.Equals(all[from].Value); to++)
            {
            }

            double size = to - from;
            ties += size * size * size - size;
            for (var i = from; i < to; i++) rankSum += all[i].IsFirst ? (from + 1 + to) / 2.0 : 0;
        }

        var (u, mean) = (rankSum - n * (n + 1) / 2, n * m / 2);
        var variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
        return variance > 0 ? UpperTail((u - mean - 0.5) / Math.Sqrt(variance)) : 1;
    }

    /// <summary>
    /// The probability that a standard normal variable is above z, with an error below 1e-7 (M. Abramowitz, I. A. Stegun, "Handbook of mathematical functions",
    /// 26.2.17).
    /// </summary>
    internal static double UpperTail(double z)
    {
        if (z < 0) return 1 - UpperTail(-z);
        var t = 1 / (1 + 0.2316419 * z);
        var polynomial = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * polynomial;
    }
}
