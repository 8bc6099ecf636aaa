using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Reflection.Tests.Episodes;

/// <summary>Many episodes in one transaction are recorded and decided as if each had come alone, once.</summary>
public sealed class RecordEpisodesTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static readonly string[] Tasks = ["Extract the invoice ID from customer e-mails", "Translate the contract into French", "Book a flight to Lisbon", "Archive last week's newsletter"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_comes_twice_in_one_batch_in_two_on_two_instances_or_over_both_ways_counts_once()
    {
        await using var another = await reflection.StartAnotherAsync();
        var failures = await reflection.ListenAsync<EpisodeFailed>();
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        string[] workspaces = [await reflection.WorkspaceAsync(), await reflection.WorkspaceAsync()];
        foreach (var workspace in workspaces)
            foreach (var agent in Agents) await reflection.MaturityAsync(workspace, agent, version: 1, Maturity.Intern);
        await Eventually.IsTrueAsync("the agents to be known", async () => (await Task.WhenAll(workspaces.Select(w => reflection.InStoreAsync(w, s => s.Query<AgentReplica>().CountAsync())))).Sum() == 10);

        // 2 workspaces, 5 agents, 4 tasks, 15 failures of each task.
        var reports = Enumerable.Range(0, 600)
            .Select(i => (Workspace: workspaces[i % 2], Json: ReflectionService.Failure(workspaces[i % 2], $"e{i / 2}", Tasks[i / 2 % 4], Agents[i / 8 % 5]))).ToList();
        var order = new Random(1);
        await Task.WhenAll(
            reflection.IngestManyAsync("episode.failed", [.. reports.Concat(reports).OrderBy(_ => order.Next()).Select(r => r.Json)]),
            reflection.IngestManyAsync("episode.failed", [.. reports.OrderBy(_ => order.Next()).Select(r => r.Json)]),
            Post(workspaces[0], reports), Post(workspaces[1], reports), Post(workspaces[0], reports));

        foreach (var workspace in workspaces) await failures.CountAsync(300, f => f.WorkspaceId == workspace);
        await Eventually.IsTrueAsync("the queue to be empty", async () => await reflection.Installation.CountAsync("reflection-record-episode") == 0);
        foreach (var workspace in workspaces)
        {
            Assert.Equal(300, failures.Messages.Where(f => f.WorkspaceId == workspace).Select(f => f.EpisodeId).Distinct(StringComparer.Ordinal).Count());
            Assert.Equal(300, failures.Messages.Count(f => f.WorkspaceId == workspace));
            var known = (await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/patterns?limit=100", Cancellation)).GetProperty("items").EnumerateArray().ToList();
            Assert.Equal(20, known.Count);
            Assert.All(known, p => Assert.Equal((15, 15, "fired", 1),
                (p.GetProperty("failures").GetInt32(), p.GetProperty("episode_ids").GetArrayLength(), p.GetProperty("state").GetString(), p.GetProperty("attempts").GetInt32())));
            Assert.Equal(300, known.SelectMany(p => p.GetProperty("episode_ids").EnumerateArray()).Select(id => id.GetString()).Distinct(StringComparer.Ordinal).Count());
        }

        await patterns.CountAsync(40, p => workspaces.Contains(p.WorkspaceId));
        Assert.All(patterns.Messages.Where(p => workspaces.Contains(p.WorkspaceId)), p => Assert.Equal((2, 1), (p.Episodes.Count, p.Attempt)));
        Assert.Equal(40, patterns.Messages.Where(p => workspaces.Contains(p.WorkspaceId)).DistinctBy(p => p.PatternId).Count());
        foreach (var fired in patterns.Messages.Where(p => workspaces.Contains(p.WorkspaceId)))
        {
            var episode = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{fired.WorkspaceId}/episodes/{fired.Episodes[1].EpisodeId}", Cancellation);
            Assert.Equal(fired.PatternId, episode.GetProperty("pattern_id").GetGuid());
        }
    }

    [Fact]
    public async Task The_loop_that_a_failure_begins_has_its_conversation()
    {
        var failures = await reflection.ListenAsync<EpisodeFailed>();
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await reflection.IngestManyAsync("episode.failed", [ReflectionService.Failure(workspace, "1"), ReflectionService.Failure(workspace, "2"), ReflectionService.Failure(workspace, "3")]);
        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal(2, fired.Episodes.Count);
        var second = await failures.ContextAsync(f => f.WorkspaceId == workspace && f.EpisodeId == fired.Episodes[1].EpisodeId);
        var conversation = (await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/patterns/{fired.PatternId}", Cancellation)).GetProperty("conversation_id").GetGuid();
        Assert.Equal(conversation, second.ConversationId);
    }

    static string[] Agents => ["ada", "bob", "cy", "dee", "eve"];

    async Task Post(string workspace, IEnumerable<(string Workspace, string Json)> reports)
    {
        using var body = new StringContent($"[{string.Join(",", reports.Where(r => r.Workspace == workspace).Select(r => r.Json))}]", Encoding.UTF8, "application/json");
        var answer = await reflection.Admin.PostAsync(new Uri($"/workspaces/{workspace}/episodes", UriKind.Relative), body, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
