using System.Net;
using AutoDev.OperatorConsole.Inbox;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

public sealed class TrackCandidatesTests(ConsoleService console)
{
    [Fact]
    public async Task A_decision_that_overtakes_the_validation_leaves_nothing_waiting()
    {
        var workspace = await console.WorkspaceAsync();
        var (decided, open) = (Said.In(workspace), Said.In(workspace));
        await console.PublishTwiceAsync(decided.Approved());
        await Eventually.IsTrueAsync("the approval", async () => await ItemAsync(workspace, decided.Candidate) is { Ended: "approved" });
        await console.PublishTwiceAsync(decided.Validated());
        await console.PublishAsync(decided.Proposed());
        await console.PublishTwiceAsync(open.Validated());
        await console.PublishAsync(open.Scored(0.5, signals: 1));

        await Eventually.IsTrueAsync("all messages", async () =>
            await ItemAsync(workspace, decided.Candidate) is { WaitingSince: not null, Generator: not null } && await ItemAsync(workspace, open.Candidate) is { Score: 0.5, IsWaiting: true });
        var inbox = await console.GetAsync($"/api/console/workspaces/{workspace}/inbox");
        Assert.Equal(1, inbox.GetProperty("total").GetInt32());
        Assert.Equal(open.Candidate, inbox.GetProperty("items")[0].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task The_longest_waiting_comes_first_in_pages_of_the_asked_agent()
    {
        var workspace = await console.WorkspaceAsync();
        for (var i = 0; i < ListInbox.PageSize + 2; i++) await console.PublishAsync(Said.In(workspace).Validated() with { ValidatedAt = Said.Noon.AddMinutes(i), SkillName = $"skill_{i}" });
        await console.PublishAsync(Said.In(workspace).Validated() with { AgentId = "bob", SkillName = "of_bob" });
        await Eventually.IsTrueAsync("all candidates", async () => (await Inbox(workspace, "")).GetProperty("total").GetInt32() == ListInbox.PageSize + 3);

        var second = await Inbox(workspace, "?agent=ada&page=2");
        Assert.Equal(ListInbox.PageSize + 2, second.GetProperty("total").GetInt32());
        Assert.Equal([$"skill_{ListInbox.PageSize}", $"skill_{ListInbox.PageSize + 1}"], Names(second));
        Assert.Equal(["of_bob"], Names(await Inbox(workspace, "?search=OF_B")));
        Assert.Equal($"skill_{ListInbox.PageSize + 1}", Names(await Inbox(workspace, "?sort=newest&agent=ada"))[0]);
        using var wrong = await console.Admin.GetAsync(new Uri($"/api/console/workspaces/{workspace}/inbox?page=0", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    Task<System.Text.Json.JsonElement> Inbox(string workspace, string query) => console.GetAsync($"/api/console/workspaces/{workspace}/inbox{query}");

    static string[] Names(System.Text.Json.JsonElement inbox) => [.. inbox.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("skill_name").GetString()!)];

    Task<InboxItem?> ItemAsync(string workspace, Guid candidate) => console.InStoreAsync(workspace, s => s.LoadAsync<InboxItem>(candidate));
}
