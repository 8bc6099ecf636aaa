using System.Net;
using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Tests.Catalog;
using AutoDev.Memento.Usage;
using AutoDev.Testing;
using Marten;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Memento.Tests.Usage;

/// <summary>Executions as Reflection says them, counted on a real database.</summary>
[Collection(RunningMemento.Name)]
public sealed class CountExecutionTests(MementoFixture memento)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    [Fact]
    public async Task An_execution_counts_once_however_often_it_is_said_and_under_whatever_message()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "tidy");
        await memento.PublishTwiceAsync(Execution(workspace, "e1") with { TokenUsage = 10, ExecutionSeconds = 2 });
        await memento.PublishTwiceAsync(Execution(workspace, "e1") with { TokenUsage = 10, ExecutionSeconds = 2 });
        await memento.PublishTwiceAsync(Execution(workspace, "e2") with { Success = false, Retries = 2, TokenUsage = 5, ExecutionSeconds = 0.5,
            AgentId = "bob" });
        var usage = await UsageAsync(workspace, "tidy", calls: 2);
        await DrainedAsync();
        usage = await UsageAsync(workspace, "tidy", calls: 2);
        var total = usage.GetProperty("total");
        Assert.Equal((1, 2, 15), (Number(total, "failures"), Number(total, "retries"), Number(total, "tokens")));
        Assert.InRange(total.GetProperty("p50_seconds").GetDouble(), 0.475, 0.525);
        Assert.InRange(total.GetProperty("p95_seconds").GetDouble(), 1.9, 2.1);
        Assert.Equal(["ada", "bob"], usage.GetProperty("by_agent").EnumerateArray().Select(a => a.GetProperty("agent_id").GetString()!).Order());
        Assert.Equal(["1.0.0"], usage.GetProperty("by_version").EnumerateArray().Select(v => v.GetProperty("version").GetString()));
        Assert.Single(usage.GetProperty("by_day").EnumerateArray());
    }

    [Fact]
    public async Task Executions_that_overtake_the_news_of_their_version_count_for_it()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishTwiceAsync(Execution(workspace, "early"));
        await DrainedAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path(workspace, "/tidy/usage"), Cancellation)).StatusCode);
        await memento.PublishedAsync(workspace, "tidy");
        await UsageAsync(workspace, "tidy", calls: 1);
        var version = (await JsonAsync(Path(workspace, "/tidy/versions"))).GetProperty("items")[0];
        Assert.Equal(1, Number(version.GetProperty("usage"), "calls"));
    }

    [Fact]
    public async Task Hundreds_on_two_instances_all_count_by_version_agent_and_day_and_not_in_another_workspace()
    {
        await using var another = (WebApplicationFactory<SkillCandidate>)await memento.StartAnotherAsync();
        var (workspace, other) = (await memento.WorkspaceAsync(), await memento.WorkspaceAsync());
        await memento.PublishedAsync(workspace, "tidy");
        await memento.PublishedAsync(other, "tidy");
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => memento.PublishAsync(Execution(workspace, $"e{i}") with
        {
            SkillVersion = i % 4 == 0 ? "1.1.0" : "1.0.0", AgentId = $"agent-{i % 5}", Success = i % 10 != 0, RecordedAt = Now.AddDays(-(i % 2)),
            ExecutionSeconds = 0.01 * (i + 1),
        })));
        await memento.PublishAsync(Execution(other, "e1"));
        var usage = await UsageAsync(workspace, "tidy", calls: 200);
        Assert.Equal(20, Number(usage.GetProperty("total"), "failures"));
        Assert.Equal([50, 150], usage.GetProperty("by_version").EnumerateArray().Select(v => Number(v.GetProperty("usage"), "calls")).Order());
        Assert.Equal([40, 40, 40, 40, 40], usage.GetProperty("by_agent").EnumerateArray().Select(v => Number(v.GetProperty("usage"), "calls")));
        Assert.Equal([100, 100], usage.GetProperty("by_day").EnumerateArray().Select(v => Number(v.GetProperty("usage"), "calls")));
        Assert.InRange(usage.GetProperty("total").GetProperty("p50_seconds").GetDouble(), 0.95, 1.05);
        Assert.Equal(100, Number((await JsonAsync(Path(workspace, "/tidy/usage?days=1"))).GetProperty("total"), "calls"));
        await UsageAsync(other, "tidy", calls: 1);
    }

    [Fact]
    public async Task Lists_show_the_use_and_sort_by_it_by_name_or_by_time()
    {
        var workspace = await memento.WorkspaceAsync();
        foreach (var name in new[] { "beta", "alpha", "gamma" }) await memento.PublishedAsync(workspace, name);
        foreach (var (name, count) in new[] { ("alpha", 2), ("gamma", 11) })
            for (var i = 0; i < count; i++) await memento.PublishAsync(Execution(workspace, $"{name}-{i}") with { SkillName = name, Success = i > 0 });
        await UsageAsync(workspace, "gamma", calls: 11);
        await UsageAsync(workspace, "alpha", calls: 2);
        Assert.Equal(["gamma", "alpha", "beta"], await PagedAsync(workspace, "sort=most_used"));
        Assert.Equal(["alpha", "beta", "gamma"], await PagedAsync(workspace, "sort=name"));
        Assert.Equal(["gamma", "alpha", "beta"], await PagedAsync(workspace, "sort=newest"));
        Assert.Equal(["gamma", "alpha", "beta"], await PagedAsync(workspace, ""));
        Assert.Equal(["beta"], await PagedAsync(workspace, "query=BET"));
        var first = (await JsonAsync(Path(workspace, "?sort=most_used"))).GetProperty("items")[0].GetProperty("usage");
        Assert.Equal((11, 1), (Number(first, "calls"), Number(first, "failures")));
        foreach (var wrong in new[] { "sort=fastest", "state=gone", "cursor=!", "limit=0" })
            Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.GetAsync(Path(workspace, $"?{wrong}"), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("367")]
    [InlineData("all")]
    public async Task Days_are_one_to_a_year(string days)
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "tidy");
        Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.GetAsync(Path(workspace, $"/tidy/usage?days={days}"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Days_are_forgotten_after_a_year_and_the_total_stays()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "tidy");
        await memento.PublishAsync(Execution(workspace, "old") with { RecordedAt = Now.AddDays(-400) });
        await memento.PublishAsync(Execution(workspace, "strange") with { SkillName = "never_published", RecordedAt = Now.AddDays(-400) });
        await memento.PublishAsync(Execution(workspace, "new"));
        await UsageAsync(workspace, "tidy", calls: 1, "?days=366");
        await Eventually.IsTrueAsync("both to be counted", async () => Number((await JsonAsync(Path(workspace,
            ""))).GetProperty("items")[0].GetProperty("usage"), "calls") == 2);
        await DrainedAsync();
        Assert.True(await ForgetUsage.ForgetAsync(memento.Services.GetRequiredService<IDocumentStore>(), Now, Cancellation) > 0);
        Assert.Equal(1, Number((await JsonAsync(Path(workspace, "/tidy/versions"))).GetProperty("items")[0].GetProperty("usage"), "calls"));
        Assert.Equal(2, Number((await JsonAsync(Path(workspace, ""))).GetProperty("items")[0].GetProperty("usage"), "calls"));
        await memento.PublishedAsync(workspace, "never_published");
        Assert.Equal(0, Number((await JsonAsync(Path(workspace, "?query=never"))).GetProperty("items")[0].GetProperty("usage"), "calls"));
    }

    static SkillExecuted Execution(string workspace, string id) => new()
    {
        WorkspaceId = workspace, ExecutionId = id, AgentId = "ada", SkillName = "tidy", SkillVersion = "1.0.0", ExecutionSeconds = 0.1, Success = true,
        RecordedAt = Now,
    };

    Task<JsonElement> UsageAsync(string workspace, string skill, int calls, string query = "") =>
        Eventually.HoldsAsync(() => JsonAsync(Path(workspace, $"/{skill}/usage{query}")), usage =>
            Assert.Equal(calls, Number(usage.GetProperty("total"), "calls")));

    async Task<IReadOnlyList<string>> PagedAsync(string workspace, string query)
    {
        var (names, cursor) = (new List<string>(), (string?)"");
        while (cursor is not null)
        {
            var page = await JsonAsync(Path(workspace, $"?{query}&limit=1&cursor={cursor}"));
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("name").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }

        return names;
    }

    Task DrainedAsync() => Eventually.IsTrueAsync("the queue to be empty", async () => await memento.Installation.CountAsync("memento-count-execution") == 0);

    async Task<JsonElement> JsonAsync(Uri path) => JsonElement.Parse(await (await memento.Admin.GetAsync(path,
        Cancellation)).Content.ReadAsStringAsync(Cancellation));

    static Uri Path(string workspace, string rest) => new($"/workspaces/{workspace}/skills{rest}", UriKind.Relative);

    static int Number(JsonElement json, string property) => (int)json.GetProperty(property).GetInt64();
}
