namespace AutoDev.Fitness.Outcomes;

/// <summary>A mean of values from 0 to 1 with its 95 % interval.</summary>
/// <param name="Mean">0 to 1.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
sealed record Proportion(double Mean, double Low, double High)
{
    const double Z = 1.959964; // of 95 %

    /// <summary>
    /// Wilson's score interval (E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927). Of values between 0 and 1
    /// none vary more than those that are either, so for the others it is wider than it need be.
    /// </summary>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="mean">0 to 1.</param>
    public static Proportion Of(long count, double mean)
    {
        var n = (double)count;
        var (middle, half) = (mean + Z * Z / (2 * n), Z * Math.Sqrt(mean * (1 - mean) / n + Z * Z / (4 * n * n)));
        var scale = 1 + Z * Z / n;
        return new(mean, Math.Max(0, (middle - half) / scale), Math.Min(1, (middle + half) / scale));
    }
}
