using AutoDev.Evolver.Profiles;
using AutoDev.Evolver.Releases;
using Xunit;

namespace AutoDev.Evolver.Tests.Releases;

/// <summary>What counts as a fall of a new version, and how seldom a good one is taken for a bad one.</summary>
public sealed class LiveFallTests
{
    const int Watched = 50;

    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An execution on a busy machine: most are a little slower than the best, some by much.</summary>
    static Sample Draw(Random random, double seconds, double failing = 0, double tokens = 0)
    {
        var noise = Math.Exp(0.3 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var slowed = random.NextDouble() < 0.05 ? 3 : 1;
        return new("", Noon, seconds * noise * slowed, "agent", random.NextDouble() >= failing, (int)(tokens * noise));
    }

    static IReadOnlyList<Sample> Many(Random random, int count, double seconds, double failing = 0, double tokens = 0) =>
        [.. Enumerable.Range(0, count).Select(_ => Draw(random, seconds, failing, tokens))];

    /// <summary>After how many executions a version is taken back; <c>null</c> where it never is.</summary>
    static int? TakenBackAfter(IReadOnlyList<Sample> version, IReadOnlyList<Sample> parent)
    {
        var looks = LiveFall.LooksOf(Watched);
        return looks.Where(look => LiveFall.Find([.. version.Take(look)], parent, looks.Count) is not null).Select(look => (int?)look).FirstOrDefault();
    }

    [Theory]
    [InlineData(6, 0, 0)]
    [InlineData(20, 0.1, 200)]
    [InlineData(200, 0.3, 2000)]
    public void Of_a_thousand_versions_that_are_as_good_as_their_parents_at_most_ten_are_taken_back(int parents, double failing, double tokens)
    {
        var random = new Random(parents);
        var taken = Enumerable.Range(0, 1000).Count(_ => TakenBackAfter(Many(random, Watched, 0.5, failing, tokens), Many(random, parents, 0.5, failing, tokens)) is not null);
        Assert.InRange(taken, 0, 10);
    }

    [Theory]
    [InlineData(6, 190)]
    [InlineData(10, 260)]
    [InlineData(20, 298)]
    [InlineData(200, 300)]
    public void What_takes_twice_the_time_is_taken_back_within_the_executions_that_it_is_watched_for(int parents, int least)
    {
        var random = new Random(21);
        var taken = Enumerable.Range(0, 300).Select(_ => TakenBackAfter(Many(random, Watched, 1), Many(random, parents, 0.5))).ToList();
        Assert.InRange(taken.Count(t => t is not null), least, 300);
    }

    [Fact]
    public void What_fails_half_of_the_time_is_taken_back_and_so_is_what_takes_twice_the_tokens()
    {
        var random = new Random(22);
        Assert.InRange(Enumerable.Range(0, 300).Count(_ => TakenBackAfter(Many(random, Watched, 0.5, 0.5), Many(random, 100, 0.5, 0.02)) is not null), 299, 300);
        Assert.InRange(Enumerable.Range(0, 300).Count(_ => TakenBackAfter(Many(random, Watched, 0.5, 0, 2000), Many(random, 100, 0.5, 0, 1000)) is not null), 299, 300);
    }

    [Fact]
    public void A_difference_that_is_certain_but_small_is_no_fall()
    {
        var (version, parent) = (Steady(50, 0.58), Steady(200, 0.5));
        Assert.True(RankTest.PValue([.. version.Select(s => s.Seconds)], [.. parent.Select(s => s.Seconds)]) < 1e-9);
        Assert.Null(LiveFall.Find(version, parent, 8));
        Assert.Null(LiveFall.Find(Steady(50, 0.0009), Steady(200, 0.0001), 8)); // below the grain
    }

    [Fact]
    public void The_fall_that_is_most_certain_is_said_with_its_figures()
    {
        var fall = LiveFall.Find(Steady(10, 2), Steady(40, 0.5), 8)!;
        Assert.Equal("latency", fall.Measure);
        Assert.StartsWith("It is slower: 2.001 s in the median of 10 executions, against 0.501 s of 40 of its parent (p = 0", fall.Words, StringComparison.Ordinal);
        var failing = LiveFall.Find([.. Steady(10, 0.5).Select(s => s with { Success = false })], Steady(40, 0.5), 8)!;
        Assert.Equal("success", failing.Measure);
        Assert.StartsWith("It fails more often: 10 of 10 executions, against 0 of 40", failing.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_is_compared_over_what_succeeded_so_that_a_repair_may_take_longer_than_a_failure()
    {
        IReadOnlyList<Sample> parent = [.. Steady(40, 0.01).Select(s => s with { Success = false })];
        Assert.Null(LiveFall.Find(Steady(50, 1), parent, 8));
    }

    [Fact]
    public void Too_few_executions_of_the_parent_are_no_comparison_and_old_ones_without_success_count_for_time_only()
    {
        Assert.Null(LiveFall.Find(Steady(50, 5), Steady(4, 0.5), 8));
        IReadOnlyList<Sample> old = [.. Steady(40, 0.5).Select(s => s with { Success = null, Tokens = null })];
        Assert.Null(LiveFall.Find([.. Steady(50, 0.5).Select(s => s with { Success = false, Tokens = 9000 })], old, 8));
        Assert.Equal("latency", LiveFall.Find(Steady(50, 5), old, 8)?.Measure);
    }

    [Theory]
    [InlineData(5, new[] { 5 })]
    [InlineData(12, new[] { 5, 8, 10, 12 })]
    [InlineData(50, new[] { 5, 8, 10, 15, 20, 30, 40, 50 })]
    public void A_version_is_looked_at_a_few_times_the_last_time_at_the_end(int executions, int[] looks) => Assert.Equal(looks, LiveFall.LooksOf(executions));

    // R. A. Fisher's tea: of 4 cups each, 3 were told rightly: 17/70.
    [Theory]
    [InlineData(3, 4, 1, 4, 0.242857)]
    [InlineData(5, 5, 0, 10, 0.000333)]
    [InlineData(2, 10, 10, 50, 0.646312)]
    [InlineData(0, 10, 3, 10, 1)]
    public void The_test_of_failures_is_exact(int failures, int count, int others, int otherCount, double p) =>
        Assert.Equal(p, FisherTest.PValue(failures, count, others, otherCount), 1e-6);

    [Fact]
    public void The_test_of_ranks_is_that_of_the_books()
    {
        // M. Hollander, D. A. Wolfe, table 4.1 (permeability of a membrane): the probability is 0.1272.
        double[] term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], early = [1.15, 0.88, 0.90, 0.74, 1.21];
        Assert.Equal(0.1272061, RankTest.PValue(term, early), 1e-6);
        Assert.Equal(1.0 / 252, RankTest.PValue([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]), 1e-9);
        Assert.Equal(3.0 / 10, RankTest.PValue([2, 2], [1, 1, 2]), 1e-9); // of three twos any two
        Assert.Equal(7.0 / 10, RankTest.PValue([1, 2, 2], [1, 2]), 1e-9);
        Assert.Equal(1, RankTest.PValue([1, 1, 1], [1, 1]));
        Assert.Equal(1, RankTest.PValue([], [1, 1]));
        Assert.Equal(0.5, RankTest.UpperTail(0), 1e-6);
        Assert.Equal(0.0013499, RankTest.UpperTail(3), 1e-6);
    }

    static IReadOnlyList<Sample> Steady(int count, double seconds) =>
        [.. Enumerable.Range(0, count).Select(i => new Sample($"{i}", Noon, seconds * (1 + 0.0001 * i), "agent", true, 0))];
}
