using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Reflection.Tests.Episodes;

public sealed class RecordEpisodeTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    const string Queue = "reflection-record-episode";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{\"episode_id\": oops", "oops")]
    [InlineData("{\"episode_id\":\"e\",\"agent_id\":\"a\",\"task_description\":\"t\",\"outcome\":\"failure\"}", "workspace_id is required.")]
    [InlineData("{\"episode_id\":\"e\",\"workspace_id\":\"w\",\"agent_id\":\"a\",\"outcome\":\"lost\"}", "outcome must be success, failure or partial. task_description is required.")]
    [InlineData("{\"episode_id\":\"e\",\"workspace_id\":\"w\",\"agent_id\":\"a\",\"task_description\":\"t\",\"outcome\":\"failure\",\"input\":{\"x\":\"\\ud800\"}}", "half a surrogate pair")]
    [InlineData("{\"episode_id\":\"e\",\"workspace_id\":\"nowhere\",\"agent_id\":\"a\",\"task_description\":\"t\",\"outcome\":\"failure\"}", "there is no workspace 'nowhere'")]
    public async Task A_bad_episode_ends_in_the_error_queue_with_its_reason_and_the_next_good_one_is_recorded(string bad, string reason)
    {
        var workspace = await reflection.WorkspaceAsync();
        await reflection.IngestAsync("episode.failed", bad);
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "good"));

        var letter = await Eventually.GetAsync("the dead letter", async () => await reflection.Installation.TakeDeadLetterAsync(Queue) is { } l ? l.Body + "\n" + l.Reason : null);
        Assert.Contains(reason, letter, StringComparison.Ordinal);
        Assert.Contains(bad, letter, StringComparison.Ordinal);
        await Eventually.IsTrueAsync("the good episode", async () => (await Get(workspace, "good")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_episode_reported_over_both_ways_is_recorded_once_and_said_once()
    {
        var failures = await reflection.ListenAsync<EpisodeFailed>();
        var workspace = await reflection.WorkspaceAsync();
        var json = ReflectionService.Failure(workspace, "7");

        Assert.Equal(HttpStatusCode.Created, (await Post(workspace, json)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Post(workspace, json)).StatusCode);
        await reflection.IngestAsync("episode.failed", json);
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "last"));

        await failures.WaitAsync(f => f.WorkspaceId == workspace && f.EpisodeId == "7");
        await failures.WaitAsync(f => f.WorkspaceId == workspace && f.EpisodeId == "last");
        Assert.Single(failures.Messages, f => f.WorkspaceId == workspace && f.EpisodeId == "7");
    }

    [Fact]
    public async Task A_batch_answers_for_each_episode()
    {
        var workspace = await reflection.WorkspaceAsync();
        var good = ReflectionService.Failure(workspace, "1");
        var answer = await Post(workspace, $"[{good},{good},{{\"episode_id\":\"2\"}},3]");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var results = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("results");
        Assert.Equal(["recorded", "duplicate", "invalid", "invalid"], results.EnumerateArray().Select(r => r.GetProperty("status").GetString()!));
        Assert.Equal("agent_id is required.", results[2].GetProperty("errors").GetProperty("agent_id").GetString());
    }

    [Fact]
    public async Task What_was_sent_is_what_is_shown_and_a_null_answer_is_an_answer()
    {
        var workspace = await reflection.WorkspaceAsync();
        await Post(workspace, """{"episode_id":"n","agent_id":"ada","task_description":"t\u0000t","outcome":"partial","input":{"b":1,"a":"ü\u0000"},"expected_output":null}""");

        var shown = await (await Get(workspace, "n")).Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal("partial", shown.GetProperty("outcome").GetString());
        Assert.Equal("ü\0", shown.GetProperty("input").GetProperty("a").GetString());
        Assert.True(shown.GetProperty("expected_output_known").GetBoolean());
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("expected_output").ValueKind);
    }

    [Fact]
    public async Task An_unknown_workspace_is_not_found()
    {
        var answer = await Post("nowhere", ReflectionService.Failure("nowhere", "1"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_recorded()
    {
        var workspace = await reflection.WorkspaceAsync();
        using var stranger = reflection.ClientWithKey(null);
        using var guesser = reflection.ClientWithKey("adk_guess.secret");
        foreach (var client in new[] { stranger, guesser })
        {
            using var body = new StringContent(ReflectionService.Failure(workspace, "1"), Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(new Uri($"/workspaces/{workspace}/episodes", UriKind.Relative), body, Cancellation)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await Get(workspace, "1")).StatusCode);
    }

    [Fact]
    public async Task Pages_show_every_episode_once_newest_first()
    {
        var workspace = await reflection.WorkspaceAsync();
        await Post(workspace, $"[{string.Join(",", Enumerable.Range(0, 25).Select(i => ReflectionService.Failure(workspace, $"{i:00}")))}]");

        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/episodes?limit=10{(cursor is null ? "" : "&cursor=" + cursor)}", Cancellation);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("episode_id").GetString()!));
            if ((cursor = page.GetProperty("next").GetString()) is null) break;
        }

        Assert.Equal(25, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(25, seen.Count);
    }

    async Task<HttpResponseMessage> Post(string workspace, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await reflection.Admin.PostAsync(new Uri($"/workspaces/{workspace}/episodes", UriKind.Relative), body, Cancellation);
    }

    Task<HttpResponseMessage> Get(string workspace, string episode) =>
        reflection.Admin.GetAsync(new Uri($"/workspaces/{workspace}/episodes/{episode}", UriKind.Relative), Cancellation);
}
