using System.Text.Json;
using Xunit;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>The short form of <c>deploy/autodev faults</c>.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    // Fourteen processes beside the other tests would starve them: `deploy/autodev test` runs what is explicit afterwards.
    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_and_nothing_counts_twice_whatever_breaks()
    {
        var report = await FaultRun.RunAsync(seed: 1, messages: 600, perSecond: 40, before: null, output.WriteLine, TestContext.Current.CancellationToken);
        Assert.True(report.Differences.Count == 0, JsonSerializer.Serialize(report, FaultCommand.Readable));
    }
}
