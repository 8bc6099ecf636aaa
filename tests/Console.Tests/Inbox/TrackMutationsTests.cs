using AutoDev.OperatorConsole.Inbox;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

public sealed class TrackMutationsTests(ConsoleService console)
{
    [Fact]
    public async Task Candidates_and_mutations_wait_in_one_list_filtered_and_in_the_order_asked_for_with_each_call_of_a_model_counted_once()
    {
        var workspace = await console.WorkspaceAsync();
        var (candidate, mutation, rejected) = (Said.In(workspace), Said.In(workspace), Said.In(workspace));
        await console.PublishAsync(candidate.Validated());
        await console.PublishTwiceAsync(mutation.Completed());
        await console.PublishTwiceAsync(rejected.MutationRejected());
        await console.PublishAsync(rejected.Completed());
        await console.PublishTwiceAsync(Said.Spent(workspace, $"mutation:{mutation.Candidate}", 0.25m));
        await console.PublishAsync(Said.Spent(workspace, $"mutation:{mutation.Candidate}", 0.5m));
        await console.PublishAsync(mutation.Scored(0.7, signals: 1) with { Subject = $"mutation:{mutation.Candidate}" });
        await Eventually.IsTrueAsync("all that was said", async () =>
            await ItemAsync(workspace, mutation.Candidate) is { IsWaiting: true, Cost: 0.75m, Score: 0.7 } && await ItemAsync(workspace,
                candidate.Candidate) is { IsWaiting: true }
            && await ItemAsync(workspace, rejected.Candidate) is { IsWaiting: false, WaitingSince: not null, Ended: "rejected" });

        Assert.Equal(2, (await Inbox(workspace, "")).Length);
        Assert.Equal([mutation.Candidate], await Inbox(workspace, "?kind=mutation"));
        Assert.Equal([candidate.Candidate], await Inbox(workspace, "?risk=high"));
        Assert.Equal([mutation.Candidate, candidate.Candidate], await Inbox(workspace, "?sort=cost"));
        Assert.Equal([mutation.Candidate, candidate.Candidate], await Inbox(workspace, "?sort=fitness"));
        Assert.Equal([candidate.Candidate, mutation.Candidate], await Inbox(workspace, "?sort=risk"));
        Assert.Equal([mutation.Candidate], await Inbox(workspace, "?generator=rewrite_rules&search=SQUARES&agent=ada&sort=newest"));
        Assert.Equal(candidate.Candidate, (await console.InStoreAsync(workspace, s => ListInbox.NextAsync(s, mutation.Candidate, default)))?.Id);
        using var wrong = await console.Admin.GetAsync(new Uri($"/api/console/workspaces/{workspace}/inbox?kind=nothing", UriKind.Relative),
            TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    async Task<Guid[]> Inbox(string workspace, string query) =>
        [.. (await console.GetAsync($"/api/console/workspaces/{workspace}/inbox{query}")).GetProperty("items").EnumerateArray().Select(i =>
            i.GetProperty("id").GetGuid())];

    Task<InboxItem?> ItemAsync(string workspace, Guid id) => console.InStoreAsync(workspace, s => s.LoadAsync<InboxItem>(id));
}
