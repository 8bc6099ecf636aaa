namespace AutoDev.Memento.Usage;

/// <summary>
/// How long executions took, as counts in bounds that grow by a tenth: whatever their number, the space stays the same, sums of histograms are exact, and
/// a percentile is right to five per cent (Masson et al. 2019, DDSketch).
/// </summary>
static class SecondsHistogram
{
    const double Growth = 1.1, Shortest = 0.0001, Longest = 1_000_000;

    /// <summary>The bound that a time falls into, from 1.</summary>
    public static int BoundOf(double seconds) =>
        double.IsFinite(seconds) && seconds > Shortest ? 1 + (int)Math.Ceiling(Math.Log(Math.Min(seconds, Longest) / Shortest, Growth)) : 1;

    /// <summary>By nearest rank, the middle of its bound; 0 where nothing was counted.</summary>
    /// <param name="counts">By bound.</param>
    /// <param name="percent">1 to 100.</param>
    public static double Percentile(IReadOnlyCollection<(int Bound, long Count)> counts, int percent)
    {
        var rank = (counts.Sum(c => c.Count) * percent + 99) / 100;
        foreach (var (bound, count) in counts.OrderBy(c => c.Bound))
        {
            rank -= count;
            if (rank <= 0) return Math.Round(MiddleOf(bound), 6);
        }

        return 0;
    }

    static double MiddleOf(int bound) => bound == 1 ? Shortest : Shortest * Math.Pow(Growth, bound - 1) * 2 / (1 + Growth);
}
