using AutoDev.Fitness.Outcomes;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class ChangePointTests
{
    [Fact]
    public void A_success_rate_that_falls_is_found_where_it_fell()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i % 20 == 7 ? 0.0 : 1), .. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? 0.0 : 1)];
        var drop = ChangePoint.FindDrop(values)!;
        Assert.Equal((100, 0.95, 0.5), (drop.Index, drop.Before, drop.After));
        Assert.InRange(drop.PValue, 0, ChangePoint.Level);
    }

    [Fact]
    public void A_rate_that_rises_and_one_that_stays_are_no_drop()
    {
        Assert.Null(ChangePoint.FindDrop([.. Enumerable.Repeat(0.0, 50), .. Enumerable.Repeat(1.0, 50)]));
        Assert.Null(ChangePoint.FindDrop([.. Enumerable.Repeat(1.0, 200)]));
        Assert.Null(ChangePoint.FindDrop([.. Enumerable.Range(0, 200).Select(i => i % 4 == 0 ? 0.0 : 1)]));
    }

    [Fact]
    public void Few_outcomes_say_nothing()
    {
        Assert.Null(ChangePoint.FindDrop([.. Enumerable.Repeat(1.0, 15), .. Enumerable.Repeat(0.0, 14)]));
        Assert.NotNull(ChangePoint.FindDrop([.. Enumerable.Repeat(1.0, 15), .. Enumerable.Repeat(0.0, 15)]));
        Assert.Null(ChangePoint.FindDrop([.. Enumerable.Repeat(1.0, 100), .. Enumerable.Repeat(0.0, 4)]));
    }

    [Fact]
    public void The_p_value_is_that_of_the_formula()
    {
        // Without ties: U = 2·(sum of the upper 20 ranks) - 20·41 = 400, p = exp(-6·400² / (40³ + 40²)).
        var drop = ChangePoint.FindDrop([.. Enumerable.Range(21, 20).Select(i => (double)i), .. Enumerable.Range(1, 20).Select(i => (double)i)])!;
        Assert.Equal(20, drop.Index);
        Assert.Equal(Math.Exp(-6.0 * 400 * 400 / (64_000 + 1_600)), drop.PValue, 12);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    public void Fewer_than_one_in_a_hundred_series_in_which_nothing_happens_is_called_worse(double rate)
    {
        const int series = 300, length = 1000;
        var random = new Random(20260301);
        var alarms = 0;
        for (var s = 0; s < series; s++)
        {
            var values = new List<double>(length);
            var isAlarmed = false;
            for (var i = 1; i <= length && !isAlarmed; i++)
            {
                values.Add(random.NextDouble() < rate ? 1 : 0);
                isAlarmed = i % 10 == 0 && ChangePoint.FindDrop(values[Math.Max(0, i - 200)..]) is not null;
            }

            if (isAlarmed) alarms++;
        }

        Assert.InRange(alarms, 0, series / 100);
    }

    [Fact]
    public void Wilsons_interval_is_that_of_the_textbook()
    {
        var band = Proportion.Of(10, 0.8); // 8 of 10: 0.490 to 0.943
        Assert.Equal((0.490, 0.943), (Math.Round(band.Low, 3), Math.Round(band.High, 3)));
        Assert.Equal((0, 0.793), (Proportion.Of(1, 0).Low, Math.Round(Proportion.Of(1, 0).High, 3)));
    }

    [Fact]
    public void What_comes_after_a_drop_is_another_series()
    {
        var start = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var outcomes = Enumerable.Range(0, 60).Select(i => (start.AddHours(i), i < 30 ? 1.0 : 0.0)).ToList();
        var drop = FoundDrop.Decide(new("acme", "extract", "1.0.0", "execution"), outcomes, start.AddDays(9))!;
        Assert.Equal((start.AddHours(30), 1, 0), (drop.Since, drop.Before, drop.After));
        Assert.Equal("skill:extract@1.0.0", drop.Say("acme").Subject);
        Assert.Null(FoundDrop.Decide(new("acme", "extract", "1.0.0", "execution"), [.. outcomes.Where(o => o.Item1 >= drop.Since)], start.AddDays(9)));
    }
}
