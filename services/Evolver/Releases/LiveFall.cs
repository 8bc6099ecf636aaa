using System.Globalization;
using AutoDev.Evolver.Profiles;

namespace AutoDev.Evolver.Releases;

/// <summary>
/// A new version does worse where it is used than its parent did: it fails more often, is slower or takes more tokens, beyond chance and by an amount that is worth
/// a roll back. Time and tokens are compared over what succeeded: a failure may be quick, and a version that mends one slow.
/// </summary>
/// <param name="Measure"><c>success</c>, <c>latency</c> or <c>tokens</c>.</param>
/// <param name="PValue">Probability of such a difference, or a greater one, if both were the same.</param>
/// <param name="Words">What fell, with the figures.</param>
sealed record LiveFall(string Measure, double PValue, string Words)
{
    /// <summary>Fewer executions of the parent are no comparison.</summary>
    public const int FewestOfParent = 5;

    /// <summary>Of a hundred versions that are as good as their parents, about one may be taken back.</summary>
    const double TotalError = 0.01;

    const int Measures = 3;
    const double LeastMoreFailures = 0.05;
    const double LeastRatio = 1.2;

    // Below these a ratio says nothing.
    const double GrainOfSeconds = 0.001, GrainOfTokens = 1;

    static readonly int[] Looks = [5, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750];

    /// <summary>After how many executions a version is compared that is watched for so many; the last is the whole number.</summary>
    public static IReadOnlyList<int> LooksOf(int executions) => [.. Looks.Where(l => l < executions), executions];

    /// <summary>
    /// Pure: the fall that a comparison shows, the most certain first; <c>null</c> for none. Each of the looks and measures gets an equal part of the total error, so
    /// that looking repeatedly does not take more good versions back (Bonferroni's inequality, which asks nothing of how the looks hang together).
    /// </summary>
    public static LiveFall? Find(IReadOnlyList<Sample> version, IReadOnlyList<Sample> parent, int looks)
    {
        var error = TotalError / (Measures * looks);
        var falls = new[] { OfSuccess(version, parent), OfLatency(version, parent), OfTokens(version, parent) };
        return falls.Where(f => f is not null && f.PValue <= error).MinBy(f => f!.PValue);
    }

    static LiveFall? OfSuccess(IReadOnlyList<Sample> version, IReadOnlyList<Sample> parent)
    {
        var known = parent.Where(s => s.Success is not null).ToList();
        if (known.Count < FewestOfParent) return null;
        var (failures, before) = (version.Count(s => s.Success == false), known.Count(s => s.Success == false));
        if (failures / (double)version.Count - before / (double)known.Count < LeastMoreFailures) return null;
        var p = FisherTest.PValue(failures, version.Count, before, known.Count);
        return new("success", p, Say($"It fails more often: {failures} of {version.Count} executions, against {before} of {known.Count} of its parent (p = {p:0.#####})."));
    }

    static LiveFall? OfLatency(IReadOnlyList<Sample> version, IReadOnlyList<Sample> parent) =>
        OfMore("latency", GrainOfSeconds, Succeeded(version, s => s.Seconds), Succeeded(parent, s => s.Seconds), (now, before, figures) =>
            Say($"It is slower: {now:0.###} s in the median{figures(Say($"{before:0.###} s"))}"));

    static LiveFall? OfTokens(IReadOnlyList<Sample> version, IReadOnlyList<Sample> parent) =>
        OfMore("tokens", GrainOfTokens, Succeeded(version, s => s.Tokens), Succeeded(parent, s => s.Tokens), (now, before, figures) =>
            Say($"It takes more tokens: {now:0} in the median{figures(Say($"{before:0}"))}"));

    static LiveFall? OfMore(
        string measure, double grain, double[] version, double[] parent, Func<double, double, Func<string, string>, string> say)
    {
        if (version.Length == 0 || parent.Length < FewestOfParent) return null;
        var (now, before) = (SkillProfile.Percentile(version, 50), SkillProfile.Percentile(parent, 50));
        if (Math.Max(now, grain) < LeastRatio * Math.Max(before, grain)) return null;
        var p = RankTest.PValue(version, parent);
        return new(measure, p, say(now, before, other => Say($" of {version.Length} executions, against {other} of {parent.Length} of its parent (p = {p:0.#####}).")));
    }

    /// <summary>Ascending; samples of before tokens and success were kept have no tokens, and count as succeeded.</summary>
    static double[] Succeeded(IReadOnlyList<Sample> samples, Func<Sample, double?> value) =>
        [.. samples.Where(s => s.Success != false).Select(value).OfType<double>().Order()];

    static string Say(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
