using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Originals and variants against each other.</summary>
public sealed class MeasuringTests(Sandbox sandbox)
{
    const string Original = "def f(n):\n    total = 0\n    for i in range(n * 1000): total += i\n    return total";
    const string Half = "def f(n):\n    total = 0\n    for i in range(n * 250): total += i\n    return total";
    const string Remembers = "import functools\n@functools.lru_cache\ndef g(n):\n    total = 0\n    for i in range(n * 1000): total += i\n    return total\ndef f(n): return g(n)";
    const string Breaks = "import os\ndef f(n):\n    os._exit(3)";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_faster_variant_is_told_from_an_equal_one_and_memory_of_earlier_calls_does_not_help()
    {
        var job = Job(Original, Half, Original, Remembers) with { TargetWidth = 0.3, LeastRounds = 8, MostRounds = 60, BudgetSeconds = 60 };
        var measured = await sandbox.Engine.MeasureAsync(job, Cancellation);

        Assert.True(measured.Rounds >= 8, measured.Reason);
        Assert.All(measured.Variants, v => Assert.Equal(measured.Rounds, v.Times.CpuMs.Count));
        Assert.Equal(measured.Rounds, measured.Original.WallMs.Count);
        Assert.All(measured.Variants, v => Assert.InRange(v.Ratio!.Ratio, v.Ratio.Low, v.Ratio.High));
        Assert.True(measured.Variants[0].Ratio!.Low > 1.7, $"{measured.Variants[0].Ratio}");
        Assert.All(measured.Variants.Skip(1), v => Assert.InRange(v.Ratio!.Ratio, 0.6, 1.6));
        Assert.All(measured.Original.PeakKb, peak => Assert.True(peak > 1000));
    }

    [Fact]
    public async Task A_variant_that_breaks_is_taken_out_and_the_time_ends_it()
    {
        var measured = await sandbox.Engine.MeasureAsync(Job(Original, Breaks, Half) with { TargetWidth = 0, BudgetSeconds = 1, MostRounds = 100_000 }, Cancellation);

        Assert.Equal("budget", measured.Stopped);
        Assert.Equal("input 1 ended: died", measured.Variants[0].Times.Failed);
        Assert.Null(measured.Variants[0].Ratio);
        Assert.Null(measured.Variants[1].Times.Failed);
        Assert.Equal(measured.Rounds, measured.Variants[1].Times.CpuMs.Count);
    }

    [Fact]
    public async Task What_does_not_load_or_raises_is_said()
    {
        var broken = await sandbox.Engine.MeasureAsync(Job("def f(:", Half), Cancellation);
        var raises = await sandbox.Engine.MeasureAsync(Job("def f(n): return 1 / n", "def f(n): return 1") with { MostRounds = 3, LeastRounds = 3 }, Cancellation);

        Assert.Equal(("failed", "it did not load", 0), (broken.Stopped, broken.Reason, broken.Rounds));
        Assert.Equal((1, 0), (raises.Original.Raised, raises.Variants[0].Times.Raised));
        Assert.NotNull(raises.Variants[0].Ratio);
    }

    [Theory]
    [InlineData(0.95, 1, 12.706)]
    [InlineData(0.95, 2, 4.303)]
    [InlineData(0.95, 7, 2.365)]
    [InlineData(0.99, 10, 3.169)]
    [InlineData(0.9, 29, 1.699)]
    [InlineData(0.95, 200, 1.972)]
    public void Student_s_t_is_that_of_the_tables(double mass, int degrees, double expected) =>
        Assert.Equal(expected, PairedRatio.StudentT(mass, degrees), 3);

    [Fact]
    public void An_interval_covers_the_true_ratio_as_often_as_it_says()
    {
        var random = new Random(7);
        double Noise() => Math.Exp(0.2 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var covered = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            // What slows a round slows both.
            double[] load = [.. Enumerable.Range(0, 10).Select(_ => 1 + 3 * random.NextDouble())];
            var interval = PairedRatio.Of([.. load.Select(l => 30 * l * Noise())], [.. load.Select(l => 20 * l * Noise())], 0.95)!;
            if (interval.Low <= 1.5 && 1.5 <= interval.High) covered++;
        }

        Assert.InRange(covered, 1860, 1940);
        Assert.Null(PairedRatio.Of([1, 2], [1, 2], 0.95));
    }

    /// <summary>The first input takes tens of milliseconds: beside the start of a process, less is mostly that.</summary>
    static MeasurementJob Job(string original, params string[] variants) =>
        new(Guid.NewGuid(), "measured", "f", original, variants, ["""{"n":1000}""", """{"n":0}"""], RunLimits.Of(new() { TimeoutSeconds = 10 }, Sandbox.Settings()));
}
