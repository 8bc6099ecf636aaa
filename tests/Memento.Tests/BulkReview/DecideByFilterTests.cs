using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.BulkReview;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Memento.Tests.BulkReview;

public sealed class DecideByFilterTests(MementoFixture memento) : IClassFixture<MementoFixture>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_seen_is_decided_on_with_all_that_a_single_decision_does_and_what_changed_since_is_not()
    {
        var workspace = await memento.WorkspaceAsync();
        var approved = await memento.ListenAsync<SkillCandidateApproved>();
        var published = await memento.ListenAsync<SkillPublished>();
        var decisions = await memento.ListenAsync<DecisionMade>();
        var candidates = await WaitingAsync(workspace, 6);
        var preview = await PreviewAsync(memento.Admin, workspace, new { agent = MementoFixture.Agent, min_held_out = 2 });
        Assert.Equal((6, 6, 6), (preview.GetProperty("matched").GetInt32(), preview.GetProperty("included").GetInt32(), preview.GetProperty("first").GetArrayLength()));
        Assert.DoesNotContain(approved.Messages, a => a.WorkspaceId == workspace);

        await memento.StoreAsync(workspace, candidates[1].To(CandidateStatus.Validated, DateTimeOffset.UtcNow), candidates[4].To(CandidateStatus.Rejected, DateTimeOffset.UtcNow));
        var later = Assert.Single(await WaitingAsync(workspace, 1));
        var accepted = await DecideAsync(memento.Admin, workspace, preview, "approve", "All right.");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var done = await DoneAsync(accepted.Headers.Location!);
        Assert.Equal((0, 4, 2, 0), Counts(done));
        var items = done.GetProperty("items").EnumerateArray().ToDictionary(i => i.GetProperty("candidate_id").GetGuid());
        Assert.Contains("changed since it was seen, from revision 3 to 4", items[candidates[1].Id].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("is rejected", items[candidates[4].Id].GetProperty("reason").GetString(), StringComparison.Ordinal);

        // One name, one after the other.
        Assert.Equal(["1.0.0", "1.1.0", "1.2.0", "1.3.0"],
            items.Values.Where(i => i.GetProperty("state").GetString() == "decided").Select(i => i.GetProperty("published_version").GetString()).Order(StringComparer.Ordinal));
        await approved.CountAsync(4, a => a.WorkspaceId == workspace);
        await published.CountAsync(4, p => p.WorkspaceId == workspace);
        await decisions.CountAsync(4, d => d.WorkspaceId == workspace && d.Action == "candidate_approved");
        Assert.All(approved.Messages.Where(a => a.WorkspaceId == workspace), a => Assert.Equal(("admin", "All right."), (a.ApprovedBy, a.Reason)));
        Assert.Single(decisions.Messages, d => d.WorkspaceId == workspace && d.Action == "candidates_approve_begun");
        Assert.Equal(CandidateStatus.Validated, (await LoadAsync(workspace, later.Id)).Status);

        // The same again is the same; another decision on it is none.
        Assert.Equal(accepted.Headers.Location, (await DecideAsync(memento.Admin, workspace, preview, "approve", "All right.")).Headers.Location);
        Assert.Equal(HttpStatusCode.Conflict, (await DecideAsync(memento.Admin, workspace, preview, "reject", "No.")).StatusCode);
        Assert.Equal(4, (await DoneAsync(accepted.Headers.Location!)).GetProperty("counts").GetProperty("decided").GetInt32());
    }

    [Fact]
    public async Task Two_operators_at_once_decide_on_each_candidate_once()
    {
        var workspace = await memento.WorkspaceAsync();
        var approved = await memento.ListenAsync<SkillCandidateApproved>();
        var rejected = await memento.ListenAsync<SkillCandidateRejected>();
        var (anna, bob) = (await memento.ClientAsync(workspace, Roles.Operator, "anna"), await memento.ClientAsync(workspace, Roles.Operator, "bob"));
        var candidates = await WaitingAsync(workspace, 24);
        var seen = await Task.WhenAll(PreviewAsync(anna, workspace, null), PreviewAsync(bob, workspace, new { generator = "by-example" }));
        Assert.Equal(HttpStatusCode.BadRequest, (await DecideAsync(anna, workspace, seen[1], "approve", null)).StatusCode);

        var accepted = await Task.WhenAll(DecideAsync(anna, workspace, seen[0], "approve", null), DecideAsync(bob, workspace, seen[1], "reject", "Not now."));
        var (yes, no) = (await DoneAsync(accepted[0].Headers.Location!), await DoneAsync(accepted[1].Headers.Location!));
        Assert.Equal(24, Counts(yes).Decided + Counts(no).Decided);
        Assert.Equal(24, Counts(yes).Skipped + Counts(no).Skipped);
        await approved.CountAsync(Counts(yes).Decided, a => a.WorkspaceId == workspace);
        await rejected.CountAsync(Counts(no).Decided, r => r.WorkspaceId == workspace);
        Assert.Equal(candidates.Select(c => c.Id).Order(),
            approved.Messages.Where(a => a.WorkspaceId == workspace).Select(a => a.CandidateId).Concat(rejected.Messages.Where(r => r.WorkspaceId == workspace).Select(r => r.CandidateId)).Order());
    }

    [Fact]
    public async Task A_candidates_turn_that_comes_twice_decides_once()
    {
        var workspace = await memento.WorkspaceAsync();
        var rejected = await memento.ListenAsync<SkillCandidateRejected>();
        var candidate = Assert.Single(await WaitingAsync(workspace, 1));
        var accepted = await DecideAsync(memento.Admin, workspace, await PreviewAsync(memento.Admin, workspace, null), "reject", "Not now.");
        var done = await DoneAsync(accepted.Headers.Location!);

        var (bulk, id) = (done.GetProperty("id").GetGuid(), Guid.NewGuid());
        var endpoint = await memento.Services.GetRequiredService<IBus>().GetSendEndpoint(new Uri("exchange:memento-decide-candidate"));
        for (var i = 0; i < 2; i++) await endpoint.Send(new DecideCandidate(workspace, bulk, candidate.Id), context => context.MessageId = id, Cancellation);
        await Eventually.IsTrueAsync("the queue to be empty", async () => await memento.Installation.CountAsync("memento-decide-candidate") == 0);

        Assert.Equal(candidate.Revision + 1, (await LoadAsync(workspace, candidate.Id)).Revision);
        await rejected.CountAsync(1, r => r.CandidateId == candidate.Id);
        Assert.Single(rejected.Messages, r => r.CandidateId == candidate.Id);
        Assert.Equal((0, 1, 0, 0), Counts(await DoneAsync(accepted.Headers.Location!)));
    }

    [Fact]
    public async Task Of_more_than_five_hundred_the_longest_waiting_are_taken()
    {
        var workspace = await memento.WorkspaceAsync();
        await WaitingAsync(workspace, 505);
        var preview = await PreviewAsync(memento.Admin, workspace, new { near_duplicate = false });
        Assert.Equal((505, 500, 20), (preview.GetProperty("matched").GetInt32(), preview.GetProperty("included").GetInt32(), preview.GetProperty("first").GetArrayLength()));
        var accepted = await DecideAsync(memento.Admin, workspace, preview, "reject", "Too many.");
        Assert.Equal((0, 500, 0, 0), Counts(await DoneAsync(accepted.Headers.Location!)));
        Assert.Equal(5, (await PreviewAsync(memento.Admin, workspace, null)).GetProperty("matched").GetInt32());
    }

    [Theory]
    [InlineData("""{"dry_run":true,"filter":{"status":"promoted"}}""", "filter.status")]
    [InlineData("""{"dry_run":true,"filter":{"min_held_out":-1}}""", "filter.min_held_out")]
    [InlineData("""{"dry_run":true,"token":"0197a3b2-0000-7000-8000-000000000001"}""", "token")]
    [InlineData("""{"decision":"approve"}""", "token")]
    [InlineData("""{"decision":"approve","token":"0197a3b2-0000-7000-8000-000000000001"}""", "token")]
    [InlineData("""{"decision":"approve","token":"0197a3b2-0000-7000-8000-000000000001","filter":{}}""", "filter")]
    [InlineData("""{"decision":"maybe","token":"0197a3b2-0000-7000-8000-000000000001"}""", "decision")]
    [InlineData("""{"decision":"reject","token":"0197a3b2-0000-7000-8000-000000000001"}""", "reason")]
    public async Task What_is_wrong_with_a_request_is_said(string body, string property)
    {
        var workspace = await memento.WorkspaceAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await memento.Admin.PostAsync(new Uri($"/workspaces/{workspace}/candidates/decisions", UriKind.Relative), content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("errors").TryGetProperty(property, out _));
    }

    [Fact]
    public void An_item_whose_message_died_has_failed_with_its_reason()
    {
        var seen = new SeenCandidate(Guid.NewGuid(), 3, "skill");
        var bulk = new BulkDecision { Id = Guid.NewGuid(), Filter = new(), Matched = 1, Seen = [seen], SeenBy = "anna", SeenAt = DateTimeOffset.UnixEpoch };
        var item = new BulkItem { Id = Guid.NewGuid(), BulkId = bulk.Id, Place = 0, Seen = seen, State = BulkItem.Waiting };
        var failed = DecideByFilter.View(bulk, [item], new Dictionary<Guid, string> { [item.Id] = "out of order" });
        Assert.Equal((1, 0, "out of order"), (failed.Counts["failed"], failed.Counts["waiting"], failed.Items[0].Reason));
        Assert.Equal("decided", DecideByFilter.View(bulk, [item with { State = BulkItem.Decided }], new Dictionary<Guid, string> { [item.Id] = "out of order" }).Items[0].State);
    }

    async Task<IReadOnlyList<SkillCandidate>> WaitingAsync(string workspace, int count)
    {
        var candidates = Enumerable.Range(0, count).Select(_ => MementoFixture.Validated(MementoFixture.Pattern(workspace))).ToList();
        await memento.StoreAsync(workspace, candidates);
        return candidates;
    }

    async Task<SkillCandidate> LoadAsync(string workspace, Guid id) => (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(id, Cancellation)))!;

    static async Task<JsonElement> PreviewAsync(HttpClient client, string workspace, object? filter)
    {
        var answer = await client.PostAsJsonAsync(new Uri($"/workspaces/{workspace}/candidates/decisions", UriKind.Relative), new { dry_run = true, filter }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    static Task<HttpResponseMessage> DecideAsync(HttpClient client, string workspace, JsonElement preview, string decision, string? reason) => client.PostAsJsonAsync(
        new Uri($"/workspaces/{workspace}/candidates/decisions", UriKind.Relative), new { token = preview.GetProperty("token").GetGuid(), decision, reason }, Cancellation);

    async Task<JsonElement> DoneAsync(Uri location)
    {
        JsonElement done = default;
        await Eventually.IsTrueAsync("every candidate to have had its turn", async () =>
        {
            done = await memento.Admin.GetFromJsonAsync<JsonElement>(location, Cancellation);
            return Counts(done).Waiting == 0;
        });
        return done;
    }

    static (int Waiting, int Decided, int Skipped, int Failed) Counts(JsonElement bulk)
    {
        var counts = bulk.GetProperty("counts");
        return (counts.GetProperty("waiting").GetInt32(), counts.GetProperty("decided").GetInt32(), counts.GetProperty("skipped").GetInt32(), counts.GetProperty("failed").GetInt32());
    }
}
