using System.Net;
using System.Text;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Executions;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Reflection.Tests;

/// <summary>The examples beside the schemas are true: what they call accepted is taken over both ways, what they call refused over neither.</summary>
public sealed class ExamplesTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("episode", "episodes")]
    [InlineData("skill-execution", "executions")]
    public async Task Over_http(string name, string route)
    {
        var workspace = await reflection.WorkspaceAsync();
        var wrong = new List<string>();
        foreach (var example in Example.Of(name))
        {
            using var body = new StringContent(example.In(workspace), Encoding.UTF8, "application/json");
            using var answer = await reflection.Admin.PostAsync(new Uri($"/workspaces/{workspace}/{route}", UriKind.Relative), body, Cancellation);
            var isAsSaid = example.IsGoodOverHttp ? answer.IsSuccessStatusCode : answer.StatusCode == HttpStatusCode.BadRequest;
            if (!isAsSaid) wrong.Add($"{example.Why}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("episode", "episode.failed", "reflection-record-episode")]
    [InlineData("skill-execution", "skill.executed", "reflection-record-execution")]
    public async Task Over_the_bus(string name, string key, string queue)
    {
        var workspace = await reflection.WorkspaceAsync();
        var examples = Example.Of(name);
        foreach (var example in examples) await reflection.IngestAsync(key, example.In(workspace));

        for (var i = 0; i < examples.Count(e => !e.IsAccepted); i++) await Eventually.IsTrueAsync("a refused one in the error queue", async () => await reflection.Installation.TakeDeadLetterAsync(queue) is not null);
        await Eventually.IsTrueAsync("all accepted ones", async () => await Recorded() >= examples.Count(e => e.IsAccepted));
        Assert.Equal(examples.Count(e => e.IsAccepted), await Recorded());
        Assert.Null(await reflection.Installation.TakeDeadLetterAsync(queue));

        Task<int> Recorded() => reflection.InStoreAsync(workspace, session =>
            name == "episode" ? session.Query<Episode>().CountAsync(Cancellation) : session.Query<Execution>().CountAsync(Cancellation));
    }
}
