namespace AutoDev.Fitness.Outcomes;

/// <summary>Where a series became worse, if it did by more than chance makes it.</summary>
/// <param name="Index">Of the first value of the worse time.</param>
/// <param name="Before">Mean of the values before.</param>
/// <param name="After">Mean of the values from there on.</param>
/// <param name="PValue">Probability of such a change, or a greater one, if nothing had happened.</param>
sealed record ChangePoint(int Index, double Before, double After, double PValue)
{
    /// <summary>Fewer values say nothing.</summary>
    public const int LeastValues = 30;

    /// <summary>
    /// A series is looked at again and again while it grows: at this level fewer than one in a hundred is called worse by mistake, over a thousand values
    /// looked at after every tenth (a test counts it).
    /// </summary>
    public const double Level = 0.0001;

    const int LeastOnEachSide = 5;

    /// <summary>
    /// Pettitt's test for one change (A. N. Pettitt, A non-parametric approach to the change-point problem, Applied Statistics 28, 1979), to the worse side
    /// only: the largest U(t) = 2·(ranks of the first t) - t·(n+1), with p ≈ exp(-6·U² / (n³+n²)). Values are often alike (1 and 0), so ranks are mid-ranks
    /// and the denominator is lessened by the usual correction for ties, without which most drops of a success rate stay unseen.
    /// </summary>
    /// <param name="values">In the order of time.</param>
    /// <returns><c>null</c> where there is no drop, or too little to tell.</returns>
    public static ChangePoint? FindDrop(IReadOnlyList<double> values)
    {
        var n = values.Count;
        if (n < LeastValues) return null;

        var (ranks, below, ties) = (new Dictionary<double, double>(), 0, 0.0);
        foreach (var same in values.GroupBy(v => v).OrderBy(g => g.Key))
        {
            var count = same.Count();
            ranks[same.Key] = below + (count + 1) / 2.0;
            below += count;
            ties += Math.Pow(count, 3) - count;
        }

        var untied = 1 - ties / (Math.Pow(n, 3) - n);
        if (untied <= 0) return null; // all alike

        var (u, largest, index) = (0.0, 0.0, 0);
        for (var t = 1; t < n; t++)
        {
            u += 2 * ranks[values[t - 1]] - (n + 1);
            if (u > largest) (largest, index) = (u, t);
        }

        var p = Math.Exp(-6 * largest * largest / ((Math.Pow(n, 3) + Math.Pow(n, 2)) * untied));
        return p < Level && Math.Min(index, n - index) >= LeastOnEachSide ? new(index, values.Take(index).Average(), values.Skip(index).Average(), p) : null;
    }
}
