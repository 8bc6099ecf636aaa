namespace AutoDev.Evolver.Releases;

/// <summary>Whether one of two groups fails more often.</summary>
static class FisherTest
{
    /// <summary>
    /// The probability of so many failures in the first group, or more, if both failed equally often: the upper tail of the hypergeometric distribution, exact for any
    /// number (R. A. Fisher, "The logic of inductive inference", J. Royal Statistical Society 98 (1935), 39-82).
    /// </summary>
    /// <param name="failures">Failures in the first group.</param>
    /// <param name="count">Size of the first group.</param>
    /// <param name="otherFailures">Failures in the second group.</param>
    /// <param name="otherCount">Size of the second group.</param>
    public static double PValue(int failures, int count, int otherFailures, int otherCount)
    {
        var (all, failed) = (count + otherCount, failures + otherFailures);
        var logFactorials = new double[all + 1];
        for (var i = 2; i <= all; i++) logFactorials[i] = logFactorials[i - 1] + Math.Log(i);
        double LogChoose(int n, int k) => logFactorials[n] - logFactorials[k] - logFactorials[n - k];

        var tail = 0.0;
        for (var k = failures; k <= Math.Min(count, failed); k++)
        {
            if (failed - k <= otherCount) tail += Math.Exp(LogChoose(count, k) + LogChoose(otherCount, failed - k) - LogChoose(all, failed));
        }

        return Math.Min(1, tail);
    }
}
