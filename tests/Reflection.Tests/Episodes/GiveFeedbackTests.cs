using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Reflection;
using Xunit;

namespace AutoDev.Reflection.Tests.Episodes;

public sealed class GiveFeedbackTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_latest_word_counts_and_all_are_kept_and_said_once()
    {
        var said = await reflection.ListenAsync<EpisodeFeedbackGiven>();
        var (workspace, path) = await Recorded();
        Assert.Equal("recorded", await Give(path, new { value = -0.5, comment = "half wrong", feedback_id = workspace }, HttpStatusCode.Created));
        Assert.Equal("duplicate", await Give(path, new { value = -0.5, comment = "half wrong", feedback_id = workspace }, HttpStatusCode.OK));
        Assert.Equal("recorded", await Give(path, new { value = 1 }, HttpStatusCode.Created));
        Assert.Equal("duplicate", await Give(path, new { value = 1 }, HttpStatusCode.OK));

        var episode = await reflection.Admin.GetFromJsonAsync<JsonElement>(path, Cancellation);
        Assert.Equal(1, episode.GetProperty("user_feedback").GetDouble());
        var history = await reflection.Admin.GetFromJsonAsync<JsonElement>(path + "/feedback", Cancellation);
        Assert.Equal([1, -0.5], history.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("value").GetDouble()));
        Assert.Equal("half wrong", history.GetProperty("items")[1].GetProperty("comment").GetString());
        Assert.All(history.GetProperty("items").EnumerateArray(), f => Assert.NotEqual("", f.GetProperty("given_by").GetString()));

        await said.WaitAsync(f => f.WorkspaceId == workspace && f.Value == 1);
        await said.WaitAsync(f => f.WorkspaceId == workspace && f.Value == -0.5);
        Assert.Equal(2, said.Messages.Count(f => f.WorkspaceId == workspace));
    }

    [Fact]
    public async Task Twenty_at_once_with_one_id_are_one()
    {
        var (_, path) = await Recorded();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => reflection.Admin.PostAsJsonAsync(path + "/feedback", new { value = 1, feedback_id = path }, Cancellation)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("""{}""", "value is required.")]
    [InlineData("""{"value":1.01}""", "value must be from -1 to 1.")]
    [InlineData("""{"value":-2}""", "value must be from -1 to 1.")]
    [InlineData("""{"value":"good"}""", "value")]
    [InlineData("""{"value":1,"feedback_id":""}""", "feedback_id is required.")]
    public async Task A_bad_verdict_is_refused_in_words(string body, string detail)
    {
        var (_, path) = await Recorded();
        using var json = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await reflection.Admin.PostAsync(new Uri(path + "/feedback", UriKind.Relative), json, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(detail, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_was_used_for_something_else_and_an_unknown_episode_are_refused()
    {
        var (workspace, path) = await Recorded();
        await Give(path, new { value = 1, feedback_id = "f" }, HttpStatusCode.Created);
        Assert.Equal(HttpStatusCode.Conflict, (await reflection.Admin.PostAsJsonAsync(path + "/feedback", new { value = 0, feedback_id = "f" }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await reflection.Admin.PostAsJsonAsync($"/workspaces/{workspace}/episodes/none/feedback", new { value = 1 }, Cancellation)).StatusCode);
    }

    async Task<(string Workspace, string Path)> Recorded()
    {
        var workspace = await reflection.WorkspaceAsync();
        await reflection.Admin.PostAsJsonAsync($"/workspaces/{workspace}/episodes", new { episode_id = "e/1", agent_id = "ada", task_description = "t", outcome = "success", user_feedback = 0.25 }, Cancellation);
        return (workspace, $"/workspaces/{workspace}/episodes/e%2F1");
    }

    async Task<string?> Give(string path, object feedback, HttpStatusCode expected)
    {
        var answer = await reflection.Admin.PostAsJsonAsync(path + "/feedback", feedback, Cancellation);
        Assert.Equal(expected, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("status").GetString();
    }
}
