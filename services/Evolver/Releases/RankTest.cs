namespace AutoDev.Evolver.Releases;

/// <summary>Whether the values of one of two groups tend to be greater, whatever their distribution.</summary>
static class RankTest
{
    /// <summary>Up to this many pairs the exact distribution is counted out; beyond, the approximation is as good.</summary>
    const int MostPairsCounted = 600;

    /// <summary>
    /// The probability of ranks as high as those of the first group, or higher, if both came from one distribution: the one-sided test of Mann and Whitney. Of small groups
    /// exact, with ties as they are (B. Streitberg, J. Röhmel, Statistical Software Newsletter 12 (1986), 10-17); of larger ones by the normal approximation, with correction
    /// for continuity and for ties (H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947), 50-60; M. Hollander, D. A. Wolfe, "Nonparametric statistical
    /// methods", section 4.1).
    /// </summary>
    /// <returns>1 where a group is empty or all values are equal.</returns>
    public static double PValue(IReadOnlyList<double> values, IReadOnlyList<double> others)
    {
        var (n, m) = ((double)values.Count, (double)others.Count);
        if (n * m == 0) return 1;
        var (doubled, at) = (new int[values.Count + others.Count], 0);
        var all = values.Select(v => (Value: v, IsFirst: true)).Concat(others.Select(v => (Value: v, IsFirst: false))).OrderBy(v => v.Value).ToList();
        var (rankSum, ties) = (0.0, 0.0);
        for (int from = 0, to; from < all.Count; from = to)
        {
            for (to = from; to < all.Count && all[to].Value.Equals(all[from].Value); to++)
            {
            }

            double size = to - from;
            ties += size * size * size - size;
            for (var i = from; i < to; i++)
            {
                doubled[at++] = from + 1 + to;
                rankSum += all[i].IsFirst ? (from + 1 + to) / 2.0 : 0;
            }
        }

        if (n * m <= MostPairsCounted) return Counted(doubled, values.Count, (int)Math.Round(2 * rankSum));
        var (u, mean) = (rankSum - n * (n + 1) / 2, n * m / 2);
        var variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
        return variance > 0 ? UpperTail((u - mean - 0.5) / Math.Sqrt(variance)) : 1;
    }

    /// <summary>
    /// The share of the ways to choose so many of the doubled ranks in which they add up to this sum or more: the smaller of the two groups is chosen, the other one has the rest.
    /// </summary>
    static double Counted(int[] doubled, int chosen, int least)
    {
        var total = doubled.Sum();
        if (2 * chosen > doubled.Length) return 1 - Counted(doubled, doubled.Length - chosen, total - least + 1);
        var ways = new double[chosen + 1, total + 1];
        ways[0, 0] = 1;
        for (int i = 0, reached = 0; i < doubled.Length; i++)
        {
            reached += doubled[i];
            for (var k = Math.Min(i + 1, chosen); k > 0; k--)
            {
                for (var sum = reached; sum >= doubled[i]; sum--) ways[k, sum] += ways[k - 1, sum - doubled[i]];
            }
        }

        var (above, all) = (0.0, 0.0);
        for (var sum = 0; sum <= total; sum++)
        {
            all += ways[chosen, sum];
            if (sum >= least) above += ways[chosen, sum];
        }

        return above / all;
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
