using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using RabbitMQ.Client;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>All that a system keeps is saved, lost and loaded again: what was learned is there, and what was under way goes on.</summary>
[Collection("live system")]
public sealed class BackupTests(LiveSystem system) : IDisposable
{
    const string Agent = "clerk", IngestQueue = "reflection-record-episode";

    readonly string _folder = Directory.CreateTempSubdirectory("autodev-backup-").FullName;
    readonly string _workspace = $"saved-{Guid.NewGuid():N}"[..20];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    string Saved => Path.Combine(_folder, "saved");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_system_that_lost_everything_goes_on_from_its_backup()
    {
        await PlayAsync(_workspace);
        var candidate = await WaitingCandidateAsync();
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{_workspace}/settings", new { max_mutations_per_day = 3 });
        var key = await AgentKeyAsync();
        var before = await FactsAsync(candidate);

        try
        {
            await LoseAndLoadAsync();
        }
        finally
        {
            await system.StartAllAsync(); // others use it afterwards
        }

        Assert.Equal(before, await FactsAsync(candidate));
        await Eventually.IsTrueAsync("the episode that waited in a queue", async () => await StatusAsync($"api/reflection/workspaces/{_workspace}/episodes/waited-in-a-queue") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"api/memento/workspaces/{_workspace}/skills", key));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"api/memento/workspaces/{_workspace}/candidates", key));

        await system.ReviewAsync(_workspace, candidate, "approve", new { reason = "still right" });
        await Eventually.IsTrueAsync("the candidate that waited to be a skill", async () => (await system.ItemsAsync($"api/memento/workspaces/{_workspace}/skills")).Count == 2);
        await PlayAsync($"{_workspace}-new");
    }

    async Task LoseAndLoadAsync()
    {
        await system.StopAllAsync();
        var waiting = await system.CountAsync(IngestQueue) + 1; // beside what another test may have left
        await PublishEpisodeAsync("waited in a queue");
        await Eventually.IsTrueAsync("the episode to wait", async () => await system.CountAsync(IngestQueue) == waiting);
        await ToolAsync("save", Saved);
        TheBackupIsPrivate(waiting);
        Assert.Contains("is not empty", await RefusedAsync("save", Saved), StringComparison.Ordinal);

        await system.LoseEverythingAsync();
        Assert.Contains("memento.dump is not what was written", await RefusedAsync("load", Damaged()), StringComparison.Ordinal);
        await ToolAsync("load", Saved); // which says no where anything is: the damaged one has touched nothing
        Assert.Contains("There is something already", await RefusedAsync("load", Saved), StringComparison.Ordinal);
        Assert.Equal(waiting, await system.CountAsync(IngestQueue));
    }

    async Task PlayAsync(string workspace)
    {
        var (exitCode, output) = await system.PlayDemoAsync(workspace, null, "name");
        Assert.True(exitCode == 0, output);
    }

    async Task<string> WaitingCandidateAsync()
    {
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}/agents/{Agent}", new { maturity = "INTERN", reason = "test" });
        await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{_workspace}/episodes", "anna,bruno,carla,dmitri,elena,farid".Split(',').Select(Episode));
        return await system.CandidateAsync(_workspace, "validated");
    }

    static Dictionary<string, object> Episode(string name) => new(StringComparer.Ordinal)
    {
        ["episode_id"] = name.Replace(' ', '-'), ["agent_id"] = Agent, ["outcome"] = "failure", ["task_description"] = "Write the name in capitals",
        ["input"] = new { name }, ["expected_output"] = name.ToUpperInvariant(),
    };

    async Task<string> AgentKeyAsync()
    {
        using var answer = await system.Api.PostAsJsonAsync($"api/governance/workspaces/{_workspace}/api-keys", new { name = "agents", role = "agent" }, Cancellation);
        var key = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("key").GetString()!;
        await Eventually.IsTrueAsync("the key to open", async () => await StatusAsync($"api/memento/workspaces/{_workspace}/skills", key) == HttpStatusCode.OK);
        return key;
    }

    /// <summary>What must be the same afterwards, from five services, once it has come to rest.</summary>
    async Task<string> FactsAsync(string candidate)
    {
        var skill = (await system.ItemsAsync($"api/memento/workspaces/{_workspace}/skills"))[0].GetProperty("name").GetString();
        var score = await Eventually.GetAsync("a score with the approval", async () =>
            (await system.ItemsAsync($"api/fitness/workspaces/{_workspace}/scores")).Select(s => s.GetRawText()).FirstOrDefault(s => s.Contains("excellent", StringComparison.Ordinal)));
        var waiting = await system.GetAsync($"api/memento/workspaces/{_workspace}/candidates/{candidate}");
        var facts = new List<string?>
        {
            await system.Api.GetStringAsync(new Uri($"api/memento/workspaces/{_workspace}/skills/{skill}/source", UriKind.Relative), Cancellation),
            (await system.GetAsync($"api/memento/workspaces/{_workspace}/skills/{skill}/lineage")).GetRawText(),
            (await system.GetAsync($"api/governance/workspaces/{_workspace}/settings")).GetRawText(),
            (await system.ItemsAsync($"api/governance/workspaces/{_workspace}/audit?limit=200")).Select(e => e.GetRawText()).FirstOrDefault(e => e.Contains("max_mutations_per_day", StringComparison.Ordinal)),
            JsonElement.Parse(score).GetProperty("score").GetRawText(),
            waiting.GetProperty("status").GetString(),
            waiting.GetProperty("code").GetProperty("source").GetString(),
        };
        return string.Join("\n", facts);
    }

    async Task PublishEpisodeAsync(string name)
    {
        await using var connection = await new ConnectionFactory { Uri = system.Broker }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancellation);
        var report = Episode(name);
        report["workspace_id"] = _workspace;
        await channel.BasicPublishAsync(
            "autodev.ingest", "episode.failed", mandatory: true, new BasicProperties { Persistent = true, ContentType = "application/json" }, JsonSerializer.SerializeToUtf8Bytes(report), Cancellation);
    }

    void TheBackupIsPrivate(long waiting)
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(Saved).UnixFileMode);
        Assert.All(Directory.EnumerateFiles(Saved), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode));
        var manifest = JsonElement.Parse(File.ReadAllText(Path.Combine(Saved, "manifest.json")));
        Assert.Equal(7, manifest.GetProperty("databases").GetArrayLength());
        Assert.Equal(waiting, manifest.GetProperty("queues").GetProperty(IngestQueue).GetInt64());
    }

    /// <summary>A copy in which one byte of a dump is another.</summary>
    string Damaged()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "damaged")).FullName;
        foreach (var file in Directory.EnumerateFiles(Saved)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        using var dump = new FileStream(Path.Combine(copy, "memento.dump"), FileMode.Open);
        dump.Position = dump.Length / 2;
        var whole = dump.ReadByte();
        dump.Position--;
        dump.WriteByte((byte)(whole ^ 1));
        return copy;
    }

    async Task ToolAsync(params string[] arguments)
    {
        var (exitCode, output) = await system.BackupAsync(arguments);
        Assert.True(exitCode == 0, output);
    }

    async Task<string> RefusedAsync(params string[] arguments)
    {
        var (exitCode, output) = await system.BackupAsync(arguments);
        Assert.Equal(1, exitCode);
        return output;
    }

    async Task<HttpStatusCode> StatusAsync(string path, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await system.Api.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
