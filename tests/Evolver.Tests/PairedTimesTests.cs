using AutoDev.Evolver.Contests;
using Xunit;

namespace AutoDev.Evolver.Tests;

/// <summary>What counts as a win in a contest between an original and a variant.</summary>
public sealed class PairedTimesTests
{
    /// <summary>Times of a program of so many milliseconds on a busy machine: most runs are a little slower, some are slowed by much, load comes and goes.</summary>
    static PairedTimes Contest(Random random, int rounds, double original, double variant)
    {
        double Noise() => Math.Exp(0.05 * Normal(random)) * (random.NextDouble() < 0.1 ? 1 + Math.Min(20, 0.3 / Math.Pow(1 - random.NextDouble(), 0.8)) : 1);
        var (one, other, load) = (new double[rounds], new double[rounds], 1.0);
        for (var i = 0; i < rounds; i++)
        {
            load = Math.Max(1, load + 0.3 * Normal(random));
            (one[i], other[i]) = (original * load * Noise(), variant * load * Noise());
        }

        return new(one, other);
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    [Fact]
    public void The_same_program_against_itself_wins_in_fewer_than_one_of_a_hundred_contests()
    {
        var random = new Random(11);
        const int Contests = 4000;
        var wins = Enumerable.Range(0, Contests).Count(_ => Contest(random, 9 + random.Next(16), 20, 20).Compare(Speedup.Confidence)!.IsWin);
        Assert.True(wins < Contests / 100, $"{wins} of {Contests}");
    }

    [Fact]
    public void What_is_faster_by_three_tenths_wins_nearly_always_and_what_is_not_worth_it_hardly_ever()
    {
        var random = new Random(12);
        Assert.InRange(Enumerable.Range(0, 500).Count(_ => Contest(random, 25, 26, 20).Compare(Speedup.Confidence)!.IsWin), 450, 500);
        Assert.InRange(Enumerable.Range(0, 500).Count(_ => Contest(random, 15, 20.6, 20).Compare(Speedup.Confidence)!.IsWin), 0, 10);
        Assert.Equal(0, Enumerable.Range(0, 500).Count(_ => Contest(random, 15, 20, 26).Compare(Speedup.Confidence)!.IsWin));
    }

    [Fact]
    public void An_interval_holds_the_true_ratio_at_least_as_often_as_it_says()
    {
        var random = new Random(13);
        var held = Enumerable.Range(0, 2000).Count(_ => Contest(random, 12, 30, 20).Compare(0.95) is { } s && s.Low <= 1.5 && 1.5 <= s.High);
        Assert.InRange(held, 1900 - 30, 2000);
    }

    [Fact]
    public void The_interval_is_that_of_the_tables_and_too_few_rounds_have_none()
    {
        // Hollander and Wolfe, table A.4: with eight pairs P(T <= 3) = 0.0195, so that a one-sided error of 0.025 leaves out three of the 36 means.
        var logs = new[] { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 };
        var means = logs.SelectMany((a, i) => logs[i..].Select(b => (a + b) / 2)).Order().ToList();
        var compared = new PairedTimes([.. logs.Select(l => 10 * Math.Exp(l))], [.. logs.Select(_ => 10.0)]).Compare(0.95)!;
        Assert.Equal((Math.Exp(means[3]), Math.Exp(0.45), Math.Exp(means[^4])), (compared.Low, compared.Ratio, compared.High), new Close());

        Assert.Null(new PairedTimes([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).Compare(0.98));
        Assert.Null(new PairedTimes([], []).Compare(0.5));
        Assert.NotNull(new PairedTimes([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]).Compare(0.98));
    }

    sealed class Close : IEqualityComparer<(double, double, double)>
    {
        public bool Equals((double, double, double) x, (double, double, double) y) =>
            Math.Abs(x.Item1 - y.Item1) < 1e-9 && Math.Abs(x.Item2 - y.Item2) < 1e-9 && Math.Abs(x.Item3 - y.Item3) < 1e-9;

        public int GetHashCode((double, double, double) obj) => 0;
    }
}
