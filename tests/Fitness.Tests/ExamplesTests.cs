using System.Text;
using AutoDev.Fitness.Signals;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Fitness.Tests;

/// <summary>The examples beside the schema are true: what they call accepted is taken over both ways, what they call refused over neither.</summary>
[Collection(RunningFitness.Name)]
public sealed class ExamplesTests(FitnessFixture fitness)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_http()
    {
        var workspace = await fitness.WorkspaceAsync();
        var wrong = new List<string>();
        foreach (var example in Example.Of("fitness-signal"))
        {
            using var body = new StringContent(example.In(workspace), Encoding.UTF8, "application/json");
            using var answer = await fitness.Admin.PostAsync(new Uri($"/workspaces/{workspace}/signals", UriKind.Relative), body, Cancellation);
            if ((example.IsGoodOverHttp ? 202 : 400) != (int)answer.StatusCode) wrong.Add($"{example.Why}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Over_the_bus()
    {
        var workspace = await fitness.WorkspaceAsync();
        var examples = Example.Of("fitness-signal");
        foreach (var example in examples) await fitness.IngestAsync("fitness.signal", example.In(workspace));

        var left = examples.Where(e => !e.IsAccepted).Select(e => e.In(workspace)).ToHashSet(StringComparer.Ordinal);
        while (left.Count > 0)
            left.Remove(await Eventually.GetAsync("a refused one in the error queue", async () => (await fitness.Installation.TakeDeadLetterAsync("fitness-record-signal"))?.Body));
        await Eventually.IsTrueAsync("all accepted ones", async () => await Recorded() >= examples.Count(e => e.IsAccepted));
        Assert.Equal(examples.Count(e => e.IsAccepted), await Recorded());

        Task<int> Recorded() => fitness.InStoreAsync(workspace, session => session.Query<RecordedSignal>().CountAsync(Cancellation));
    }
}
