namespace AutoDev.SandboxRunner.Engine;

/// <summary>
/// The ratio of two paired series of times. Times are skewed and their noise multiplies, so it is their logarithms that are compared: the interval is Student's
/// t on the differences of the logarithms within each round, put back as a ratio (so it is the ratio of geometric means). Rounds go on until the interval
/// is narrow; that keeps its coverage as it becomes narrow: Y. S. Chow and H. Robbins, "On the asymptotic theory of fixed-width sequential confidence intervals
/// for the mean", Annals of Mathematical Statistics 36 (1965). Pairing within rounds takes out what changes slowly (other load, heat): T. Kalibera and
/// R. Jones, "Rigorous benchmarking in reasonable time" (2013).
/// </summary>
static class PairedRatio
{
    /// <summary>Fewer rounds say nothing.</summary>
    public const int LeastRounds = 3;

    /// <summary>No time counts as less than this many milliseconds: one below the clock's grain would make any ratio.</summary>
    const double Grain = 0.01;

    /// <summary>The first series divided by the second; <c>null</c> with fewer than <see cref="LeastRounds"/> pairs.</summary>
    public static RatioInterval? Of(IReadOnlyList<double> first, IReadOnlyList<double> second, double confidence)
    {
        var count = Math.Min(first.Count, second.Count);
        if (count < LeastRounds) return null;
        var logs = new double[count];
        for (var i = 0; i < count; i++) logs[i] = Math.Log(Math.Max(first[i], Grain) / Math.Max(second[i], Grain));
        var mean = logs.Average();
        var variance = logs.Sum(log => (log - mean) * (log - mean)) / (count - 1);
        var half = StudentT(confidence, count - 1) * Math.Sqrt(variance / count);
        return new(Math.Exp(mean), Math.Exp(mean - half), Math.Exp(mean + half));
    }

    /// <summary>The t between whose negative and itself Student's distribution has this much of its mass.</summary>
    internal static double StudentT(double mass, int degrees)
    {
        var (low, high) = (0.0, 1.0);
        while (Within(high, degrees) < mass) high *= 2;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Within(middle, degrees) < mass ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>Mass between -t and t; Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.</summary>
    static double Within(double t, int degrees)
    {
        var angle = Math.Atan(t / Math.Sqrt(degrees));
        var (sine, cosine) = Math.SinCos(angle);
        var isOdd = degrees % 2 == 1;
        var (term, sum) = isOdd ? (cosine, degrees > 1 ? cosine : 0) : (1.0, 1.0);
        for (var k = isOdd ? 3 : 2; k < degrees; k += 2)
        {
            term *= (k - 1.0) / k * cosine * cosine;
            sum += term;
        }

        return isOdd ? 2 / Math.PI * (angle + sine * sum) : sine * sum;
    }
}
