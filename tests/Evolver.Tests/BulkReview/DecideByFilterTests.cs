using System.Text.Json;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Governance;
using AutoDev.Evolver.BulkReview;
using AutoDev.Evolver.Contests;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Evolver.Tests.BulkReview;

[Collection(RunningEvolver.Name)]
public sealed class DecideByFilterTests(EvolverFixture evolver)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_seen_is_decided_on_with_all_that_a_single_decision_does_and_what_changed_since_is_not()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var (approved, decisions) = (await evolver.ListenAsync<MutationApproved>(), await evolver.ListenAsync<DecisionMade>());
        var (good, changed, rejected) = (Passed(), Passed(), Passed());
        var others = new[] { Passed() with { Mended = 1 }, Passed() with { Speedup = new(1.5, 1.1, 2) }, Passed() with { Status = MutationStatus.Failed } };
        await StoreAsync(workspace, [good, changed, rejected, .. others]);
        var preview = await LookAsync(workspace, new { skill = "extract", mutator = "rewrite_rules", mends = false, min_speedup = 1.4 });
        Assert.Equal((3, 3, 3), (preview.GetProperty("matched").GetInt32(), preview.GetProperty("included").GetInt32(), preview.GetProperty("first").GetArrayLength()));
        Assert.DoesNotContain(approved.Messages, a => a.WorkspaceId == workspace);

        await StoreAsync(workspace, changed.To(MutationStatus.Passed, Noon), rejected.To(MutationStatus.Rejected, Noon), Passed());
        var (status, begun) = await DecideAsync(workspace, preview, "approve", "All right.");
        Assert.Equal((202, 3), (status, begun.GetProperty("total").GetInt32()));
        var done = await DoneAsync(workspace, begun.GetProperty("id").GetGuid());
        Assert.Equal((1, 2, 0), Counts(done));
        var items = done.GetProperty("items").EnumerateArray().ToDictionary(i => i.GetProperty("mutation_id").GetGuid(), i => i.GetProperty("reason").GetString());
        Assert.Contains("changed since it was seen, from revision 3 to 4", items[changed.Id], StringComparison.Ordinal);
        Assert.Contains("is rejected", items[rejected.Id], StringComparison.Ordinal);
        Assert.Equal(("admin", "All right."), await approved.WaitAsync(a => a.MutationId == good.Id) is var said ? (said.ApprovedBy, said.Reason) : default);
        await decisions.WaitAsync(d => d.Subject == $"mutation:{good.Id}" && d.Action == "mutation_approved");
        Assert.Equal(3, (await decisions.WaitAsync(d => d.WorkspaceId == workspace && d.Action == "mutations_approve_begun")) is { } whole
            ? JsonElement.Parse(whole.AfterJson!).GetProperty("mutations").GetInt32() : 0);
        Assert.Equal(4, (await LookAsync(workspace, null)).GetProperty("matched").GetInt32()); // what was not seen, and what was skipped

        // The same again is the same, another decision on it is none, and a turn that comes twice decides once.
        Assert.Equal(202, (await DecideAsync(workspace, preview, "approve", "All right.")).Status);
        Assert.Equal(409, (await DecideAsync(workspace, preview, "reject", "No.")).Status);
        var endpoint = await evolver.Services.GetRequiredService<IBus>().GetSendEndpoint(new Uri("exchange:evolver-decide-mutation"));
        for (var i = 0; i < 2; i++) await endpoint.Send(new DecideMutation(workspace, begun.GetProperty("id").GetGuid(), good.Id), Cancellation);
        await evolver.DrainedAsync("evolver-decide-mutation");
        Assert.Equal(4, (await evolver.InStoreAsync(workspace, s => s.LoadAsync<Mutation>(good.Id)))!.Revision);
        Assert.Single(approved.Messages, a => a.WorkspaceId == workspace);
    }

    [Fact]
    public async Task A_preview_is_for_whoever_looked_and_two_operators_decide_on_each_mutation_once()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var (approved, rejected) = (await evolver.ListenAsync<MutationApproved>(), await evolver.ListenAsync<MutationRejected>());
        await StoreAsync(workspace, [.. Enumerable.Range(0, 12).Select(_ => Passed())]);
        var (anna, bob) = (await evolver.ClientAsync(workspace, Roles.Operator, "anna"), await evolver.ClientAsync(workspace, Roles.Operator, "bob"));
        var seen = await Task.WhenAll(LookAsync(workspace, null, anna), LookAsync(workspace, null, bob));
        Assert.Equal(400, (await DecideAsync(workspace, seen[1], "approve", null, anna)).Status);
        var begun = await Task.WhenAll(DecideAsync(workspace, seen[0], "approve", null, anna), DecideAsync(workspace, seen[1], "reject", "Not now.", bob));
        var (yes, no) = (Counts(await DoneAsync(workspace, begun[0].Body.GetProperty("id").GetGuid())), Counts(await DoneAsync(workspace, begun[1].Body.GetProperty("id").GetGuid())));
        Assert.Equal((12, 12), (yes.Decided + no.Decided, yes.Skipped + no.Skipped));
        await approved.CountAsync(yes.Decided, a => a.WorkspaceId == workspace);
        await rejected.CountAsync(no.Decided, r => r.WorkspaceId == workspace);
    }

    [Theory]
    [InlineData("""{"dry_run":true,"filter":{"min_speedup":-1}}""", "filter.min_speedup")]
    [InlineData("""{"dry_run":true,"token":"0197a3b2-0000-7000-8000-000000000001"}""", "token")]
    [InlineData("""{"decision":"approve","token":"0197a3b2-0000-7000-8000-000000000001"}""", "token")]
    [InlineData("""{"decision":"approve","token":"0197a3b2-0000-7000-8000-000000000001","filter":{}}""", "filter")]
    [InlineData("""{"decision":"maybe","token":"0197a3b2-0000-7000-8000-000000000001"}""", "decision")]
    [InlineData("""{"decision":"reject","token":"0197a3b2-0000-7000-8000-000000000001"}""", "reason")]
    public async Task What_is_wrong_with_a_request_is_said(string body, string property)
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var (status, problem) = await evolver.PostAsync($"/workspaces/{workspace}/mutations/decisions", JsonElement.Parse(body));
        Assert.Equal(400, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(property, out _));
    }

    [Fact]
    public void An_item_whose_message_died_has_failed_with_its_reason()
    {
        var seen = new SeenMutation(Guid.NewGuid(), 3, "extract");
        var bulk = new BulkDecision { Id = Guid.NewGuid(), Filter = new(), Matched = 1, Seen = [seen], SeenBy = "anna", SeenAt = Noon };
        var item = new BulkItem { Id = Guid.NewGuid(), BulkId = bulk.Id, Place = 0, Seen = seen, State = BulkItem.Waiting };
        var failed = DecideByFilter.View(bulk, [item], new Dictionary<Guid, string> { [item.Id] = "out of order" });
        Assert.Equal((1, 0, "out of order"), (failed.Counts["failed"], failed.Counts["waiting"], failed.Items[0].Reason));
    }

    static Mutation Passed() => new()
    {
        Id = Guid.NewGuid(), Revision = 3, Status = MutationStatus.Passed, ExperimentId = Guid.NewGuid(), SkillName = "extract", ParentVersion = "1.0.0",
        FunctionName = "extract", Source = "def extract(): return 1", ParentSource = "def extract(): pass", Reason = "execution_time", Mutator = "rewrite_rules",
        Rules = [], Description = "A loop became a lookup.", ProposedAt = Noon, UpdatedAt = Noon, Speedup = new Speedup(1.8, 1.5, 2.1),
    };

    Task<bool> StoreAsync(string workspace, params Mutation[] mutations) => evolver.InStoreAsync(workspace, async session =>
    {
        session.Store(mutations);
        await session.SaveChangesAsync();
        return true;
    });

    async Task<JsonElement> LookAsync(string workspace, object? filter, HttpClient? client = null)
    {
        var (status, body) = await SendAsync(workspace, new { dry_run = true, filter }, client);
        Assert.Equal(200, status);
        return body;
    }

    Task<(int Status, JsonElement Body)> DecideAsync(string workspace, JsonElement preview, string decision, string? reason, HttpClient? client = null) =>
        SendAsync(workspace, new { token = preview.GetProperty("token").GetGuid(), decision, reason }, client);

    async Task<(int Status, JsonElement Body)> SendAsync(string workspace, object body, HttpClient? client)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");
        using var answer = await (client ?? evolver.Admin).PostAsync(new Uri($"/workspaces/{workspace}/mutations/decisions", UriKind.Relative), content, Cancellation);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancellation)));
    }

    async Task<JsonElement> DoneAsync(string workspace, Guid id)
    {
        JsonElement done = default;
        await Eventually.IsTrueAsync("every mutation to have had its turn", async () =>
        {
            done = (await evolver.GetAsync($"/workspaces/{workspace}/mutations/decisions/{id}")).Body;
            return done.GetProperty("counts").GetProperty("waiting").GetInt32() == 0;
        });
        return done;
    }

    static (int Decided, int Skipped, int Failed) Counts(JsonElement bulk)
    {
        var counts = bulk.GetProperty("counts");
        return (counts.GetProperty("decided").GetInt32(), counts.GetProperty("skipped").GetInt32(), counts.GetProperty("failed").GetInt32());
    }
}
