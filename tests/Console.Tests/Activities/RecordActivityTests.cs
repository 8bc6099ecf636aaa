using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Activities;

public sealed class RecordActivityTests(ConsoleService console)
{
    [Fact]
    public async Task A_message_delivered_twice_and_said_again_is_one_entry()
    {
        var workspace = await console.WorkspaceAsync();
        var said = Said.In(workspace);
        await console.PublishTwiceAsync(said.Failed("1"));
        await console.PublishAsync(said.Failed("1"));
        await console.PublishAsync(said.Failed("2", seconds: 1));

        await Eventually.IsTrueAsync("the last failure", async () => await CountAsync(workspace, "EpisodeFailed") == 2);
        await Eventually.IsTrueAsync("the queue to be empty", async () => await console.Installation.CountAsync("console-record-activity") == 0);
        Assert.Equal(2, await CountAsync(workspace, "EpisodeFailed"));
        Assert.Null(await console.Installation.TakeDeadLetterAsync("console-record-activity"));
    }

    [Fact]
    public async Task The_feed_is_newest_first_filtered_and_goes_on_where_the_page_ended()
    {
        var workspace = await console.WorkspaceAsync();
        var said = Said.In(workspace);
        for (var i = 0; i < 5; i++) await console.PublishAsync(said.Failed($"{i}", seconds: i));
        await console.PublishAsync(said.Proposed());
        await Eventually.IsTrueAsync("all entries", async () => await CountAsync(workspace, "EpisodeFailed") == 5 && await CountAsync(workspace, "SkillCandidateProposed") == 1);

        var first = await console.GetAsync($"/api/console/workspaces/{workspace}/activity?service=reflection&limit=3");
        Assert.Equal(["episode/4", "episode/3", "episode/2"], first.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetString()!));
        var second = await console.GetAsync($"/api/console/workspaces/{workspace}/activity?service=reflection&limit=3&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(["episode/1", "episode/0"], second.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetString()!));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    async Task<int> CountAsync(string workspace, string message) =>
        (await console.GetAsync($"/api/console/workspaces/{workspace}/activity?message={message}")).GetProperty("items").GetArrayLength();
}
