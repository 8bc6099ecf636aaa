using AutoDev.Memento.Usage;
using Xunit;

namespace AutoDev.Memento.Tests.Usage;

public sealed class SecondsHistogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_percentile_is_right_to_five_per_cent_whatever_the_times(int seed)
    {
        var random = new Random(seed);
        var times = Enumerable.Range(0, 5000).Select(_ => Math.Exp((random.NextDouble() * 16) - 9)).Order().ToArray();
        var counts = times.CountBy(SecondsHistogram.BoundOf).Select(c => (c.Key, (long)c.Value)).ToList();
        foreach (var percent in new[] { 1, 50, 95, 100 })
        {
            var exact = times[Math.Max(0, ((times.Length * percent) + 99) / 100 - 1)];
            Assert.InRange(SecondsHistogram.Percentile(counts, percent), exact * 0.95, exact * 1.05);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]
    public void Any_number_has_its_place_among_some_hundred_bounds(double seconds) => Assert.InRange(SecondsHistogram.BoundOf(seconds), 1, 250);

    [Fact]
    public void Nothing_takes_no_time() => Assert.Equal(0, SecondsHistogram.Percentile([], 95));
}
