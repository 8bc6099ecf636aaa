using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Clients;

/// <summary>The clients of docs/clients, run as they are.</summary>
public sealed class ClientsTests(ReportedTo system) : IClassFixture<ReportedTo>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("autodev_http.py")]
    [InlineData("autodev.mjs")]
    public async Task Over_http_each_report_is_answered_and_the_same_run_again_changes_nothing(string client)
    {
        var (workspace, key) = await system.WorkspaceAsync();
        Assert.Equal(
            ["episode recorded", "episode recorded", "episode recorded", "episode recorded", "execution recorded", "signal recorded"],
            await ReportedTo.EndedWellAsync(system.Run(client, workspace, key, "r1")));
        Assert.Equal(
            ["episode duplicate", "episode duplicate", "episode duplicate", "episode duplicate", "execution duplicate", "signal duplicate"],
            await ReportedTo.EndedWellAsync(system.Run(client, workspace, key, "r1")));
        await RecordedOnce(workspace, "r1");
    }

    [Theory]
    [InlineData("autodev_http.py")]
    [InlineData("autodev.mjs")]
    public async Task Over_http_a_service_that_is_away_is_waited_for(string client)
    {
        var (workspace, key) = await system.WorkspaceAsync();
        await system["reflection"].KillAsync();
        using var running = system.Run(client, workspace, key, "r2");
        await Eventually.IsTrueAsync("the origin to say that it is away", async () => (await Episode(workspace, "r2")).StatusCode == HttpStatusCode.BadGateway);
        Assert.False(running.HasExited);
        system["reflection"].Start();
        await ReportedTo.EndedWellAsync(running);
        await system["reflection"].ReadyAsync();
        await RecordedOnce(workspace, "r2");
    }

    [Theory]
    [InlineData("autodev_http.py")]
    [InlineData("autodev.mjs")]
    public async Task Over_http_a_wrong_key_is_not_tried_again(string client)
    {
        var (workspace, _) = await system.WorkspaceAsync();
        using var running = system.Run(client, workspace, "adk_wrong.key", "r3");
        Assert.Contains("401", await running.StandardError.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        await running.WaitForExitAsync(Cancellation);
        Assert.NotEqual(0, running.ExitCode);
    }

    [Fact]
    public async Task Over_amqp_each_report_counts_once_also_when_it_is_sent_again_and_over_http_too()
    {
        var (workspace, key) = await system.WorkspaceAsync();
        for (var i = 0; i < 2; i++) Assert.Equal(6, (await ReportedTo.EndedWellAsync(system.Run("autodev_amqp.py", workspace, key, "r4"))).Length);
        await RecordedOnce(workspace, "r4");
    }

    [Fact]
    public async Task Over_amqp_a_connection_that_is_lost_loses_nothing()
    {
        var (workspace, key) = await system.WorkspaceAsync();
        system.Broker.Refuse();
        using var running = system.Run("autodev_amqp.py", workspace, key, "r5");
        var first = running.StandardOutput.ReadLineAsync(Cancellation).AsTask();
        Assert.NotSame(first, await Task.WhenAny(first, Task.Delay(TimeSpan.FromSeconds(2), Cancellation)));
        system.Broker.Mend();
        Assert.Equal("episode confirmed", await first);
        system.Broker.Reset();
        await ReportedTo.EndedWellAsync(running);
        await RecordedOnce(workspace, "r5");
    }

    async Task RecordedOnce(string workspace, string run)
    {
        for (var i = 0; i < 4; i++) await Eventually.IsTrueAsync($"episode {i}", async () => (await Episode(workspace, $"{run}%2F{i}")).StatusCode == HttpStatusCode.OK);
        var episodes = await system.Api.GetFromJsonAsync<JsonElement>($"api/reflection/workspaces/{workspace}/episodes", Cancellation);
        Assert.Equal(4, episodes.GetProperty("items").GetArrayLength());

        Assert.Equal(1, await Count($"api/evolver/workspaces/{workspace}/profiles/extract_invoice_id/1.0.0", "count"));
        Assert.Equal(1, await Count($"api/fitness/workspaces/{workspace}/scores/skill:extract_invoice_id@1.0.0", "signal_count"));
    }

    // As soon as there is any; a second one would come with or before it, since it was sent in the run before.
    async Task<int> Count(string path, string property)
    {
        var found = default(JsonElement);
        await Eventually.IsTrueAsync(path, async () =>
        {
            using var answer = await system.Api.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            found = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            return answer.IsSuccessStatusCode && found.GetProperty(property).GetInt32() > 0;
        });
        return found.GetProperty(property).GetInt32();
    }

    Task<HttpResponseMessage> Episode(string workspace, string id) => system.Api.GetAsync(new Uri($"api/reflection/workspaces/{workspace}/episodes/{id}", UriKind.Relative), Cancellation);
}
