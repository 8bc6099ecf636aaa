using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

/// <summary>Operators split and merge patterns, and what they say holds.</summary>
public sealed class ReshapePatternsTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    const string Invoice = "Extract the invoice ID from customer e-mails";
    const string Order = "Extract the order ID from customer e-mails";
    const string Flight = "Book a flight to Lisbon";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_operator_split_is_not_undone_by_the_next_failure()
    {
        var decisions = await reflection.ListenAsync<DecisionMade>();
        var workspace = await reflection.WorkspaceAsync(threshold: 10);
        await Fail(workspace, "i1", Invoice);
        await Fail(workspace, "o1", Order);
        await Fail(workspace, "i2", Invoice);
        var whole = Assert.Single(await Patterns(workspace, failures: 3));

        var (status, body) = await Reshape(workspace, Id(whole), "split", new { episode_ids = new[] { "o1" }, reason = "an order is no invoice" });
        Assert.Equal(HttpStatusCode.OK, status);
        var order = Id(body.GetProperty("split")[0]);
        Assert.Equal(["i1", "i2"], Episodes(body.GetProperty("pattern")));
        Assert.Equal(["o1"], Episodes(body.GetProperty("split")[0]));
        Assert.Equal(order, (await Get($"/workspaces/{workspace}/episodes/o1")).GetProperty("pattern_id").GetGuid());

        await Fail(workspace, "o2", Order);
        await Fail(workspace, "i3", Invoice);
        await Patterns(workspace, failures: 5);
        Assert.Equal(["o1", "o2"], Episodes(await Get($"/workspaces/{workspace}/patterns/{order}")));
        Assert.Equal(["i1", "i2", "i3"], Episodes(await Get($"/workspaces/{workspace}/patterns/{Id(whole)}")));

        // Also when the pattern that they left to takes no more.
        await reflection.PublishAsync(Approved(workspace, order));
        await Eventually.IsTrueAsync("the skill", async () => State(await Get($"/workspaces/{workspace}/patterns/{order}")) == "resolved");
        await Fail(workspace, "o3", Order);
        var all = await Patterns(workspace, failures: 6);
        Assert.Equal(3, all.Count);
        Assert.Equal(["o3"], Episodes(all.Single(p => Episodes(p).Contains("o3"))));

        var said = await decisions.WaitAsync(d => d.WorkspaceId == workspace && d.Action == "pattern_split");
        Assert.Equal("an order is no invoice", said.Reason);
        Assert.Equal($"pattern:{Id(whole)}", said.Subject);
        Assert.Contains(order.ToString(), said.AfterJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_may_become_its_own_and_what_leaves_may_be_due_at_once()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync(isEnabled: false);
        foreach (var id in new[] { "1", "2", "3", "4", "5" }) await Fail(workspace, id, Invoice);
        var whole = Assert.Single(await Patterns(workspace, failures: 5));
        Assert.Equal(2, (await Reshape(workspace, Id(whole), "split", new { episode_ids = new[] { "1", "2" }, into = "each", reason = "r" })).Body.GetProperty("split").GetArrayLength());
        Assert.Equal(3, (await Patterns(workspace, failures: 5)).Count);

        await reflection.SettingsAsync(workspace, version: 2, isEnabled: true, threshold: 3);
        await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.PatternId == Id(whole));
        await reflection.PublishAsync(new SkillCandidateGenerationFailed
        {
            WorkspaceId = workspace, CandidateId = Guid.NewGuid(), PatternId = Id(whole), AgentId = "ada", SkillName = "f", Reason = "none found", FailedAt = DateTimeOffset.UtcNow,
        });
        await Eventually.IsTrueAsync("it to fail", async () => State(await Get($"/workspaces/{workspace}/patterns/{Id(whole)}")) == "retry");
        await reflection.SettingsAsync(workspace, version: 3, isEnabled: true, threshold: 2);
        await Eventually.IsTrueAsync("the settings", () => reflection.InStoreAsync(workspace, async s => (await s.SettingsAsync(Cancellation))!.FailureThreshold == 2));

        var (_, body) = await Reshape(workspace, Id(whole), "split", new { episode_ids = new[] { "4", "5" }, reason = "r" });
        var due = await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.PatternId == Id(body.GetProperty("split")[0]));
        Assert.Equal(["4", "5"], due.Episodes.Select(e => e.EpisodeId));
        Assert.Equal("retry", State(body.GetProperty("pattern")));
    }

    [Fact]
    public async Task A_merged_pattern_is_due_at_once_knows_both_wordings_and_is_resolved_by_either_skill()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync(threshold: 3);
        await Fail(workspace, "i1", Invoice);
        await Fail(workspace, "f1", Flight);
        await Fail(workspace, "f2", Flight);
        var both = await Patterns(workspace, failures: 3);
        var (invoice, flight) = (Id(both.Single(p => Episodes(p).Contains("i1"))), Id(both.Single(p => Episodes(p).Contains("f1"))));

        var (status, body) = await Reshape(workspace, invoice, "merge", new { from = flight, reason = "one mailbox" });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("fired", State(body));
        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal(["i1", "f1", "f2"], fired.Episodes.Select(e => e.EpisodeId));
        Assert.Equal("merged", State(await Get($"/workspaces/{workspace}/patterns/{flight}")));

        for (var i = 0; i < 8; i++) await Fail(workspace, $"i{i + 2}", Invoice + new string('!', i));
        await Fail(workspace, "f3", Flight);
        await Eventually.IsTrueAsync("all to join", async () => (await Get($"/workspaces/{workspace}/patterns/{invoice}")).GetProperty("failures").GetInt32() == 12);

        await reflection.PublishTwiceAsync(Approved(workspace, flight)); // of an attempt before they were one
        await Eventually.IsTrueAsync("it to be resolved", async () => State(await Get($"/workspaces/{workspace}/patterns/{invoice}")) == "resolved");
        Assert.Equal("merged", State(await Get($"/workspaces/{workspace}/patterns/{flight}")));
    }

    [Fact]
    public async Task A_merge_takes_back_a_split()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 10);
        await Fail(workspace, "i1", Invoice);
        await Fail(workspace, "o1", Order);
        var whole = Id(Assert.Single(await Patterns(workspace, failures: 2)));
        var (_, split) = await Reshape(workspace, whole, "split", new { episode_ids = new[] { "o1" }, reason = "r" });
        await Reshape(workspace, whole, "merge", new { from = Id(split.GetProperty("split")[0]), reason = "on second thought" });
        await Fail(workspace, "o2", Order);
        await Eventually.IsTrueAsync("it to join", async () => Episodes(await Get($"/workspaces/{workspace}/patterns/{whole}")).SequenceEqual(["i1", "o1", "o2"]));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_words_and_changes_nothing()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1", Invoice);
        await Fail(workspace, "f1", Flight);
        await Fail(workspace, "other", Flight, agent: "bob");
        var all = await Patterns(workspace, failures: 3);
        var (invoice, flight, bobs) = (Id(all.Single(p => Episodes(p).Contains("1"))), Id(all.Single(p => Episodes(p).Contains("f1"))), Id(all.Single(p => Episodes(p).Contains("other"))));

        await Refused(400, "reason is required", invoice, "merge", new { from = flight });
        await Refused(400, "from must be", invoice, "merge", new { from = invoice, reason = "r" });
        await Refused(404, "no pattern", invoice, "merge", new { from = Guid.NewGuid(), reason = "r" });
        await Refused(409, "two agents, ada and bob", invoice, "merge", new { from = bobs, reason = "r" });
        await Refused(412, "is now Open with 1 failures", invoice, "merge", new { from = flight, from_etag = "\"old\"", reason = "r" });
        await Refused(400, "must leave at least one", invoice, "split", new { episode_ids = new[] { "1" }, reason = "r" });
        await Refused(400, "these are not: f1", invoice, "split", new { episode_ids = new[] { "1", "f1" }, reason = "r" });
        await Refused(400, "into must be", invoice, "split", new { episode_ids = new[] { "1" }, into = "two", reason = "r" });
        await Refused(428, "If-Match", invoice, "split", new { episode_ids = new[] { "1" }, reason = "r" }, tag: "");
        await Refused(412, "load it again", invoice, "split", new { episode_ids = new[] { "1" }, reason = "r" }, tag: "\"old\"");
        await Refused(412, "load it again", invoice, "retry", new { }, tag: "\"old\"");
        Assert.Equal(3, (await Patterns(workspace, failures: 3)).Count);

        await Fail(workspace, "2", Invoice);
        await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.PatternId == invoice);
        await Refused(409, "a candidate is being made", invoice, "split", new { episode_ids = new[] { "1" }, reason = "r" });
        await Refused(409, "a candidate is being made", flight, "merge", new { from = invoice, reason = "r" });
        await Refused(409, "a candidate is being made", invoice, "merge", new { from = flight, reason = "r" });

        async Task Refused(int expected, string words, Guid pattern, string what, object request, string? tag = null)
        {
            var (status, body) = await Reshape(workspace, pattern, what, request, tag);
            Assert.Equal(expected, (int)status);
            Assert.Contains(words, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_operators_at_once_split_once()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 10);
        await Fail(workspace, "1", Invoice);
        await Fail(workspace, "2", Invoice);
        var whole = Id(Assert.Single(await Patterns(workspace, failures: 2)));
        var tag = await Tag(workspace, whole);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Reshape(workspace, whole, "split", new { episode_ids = new[] { "2" }, reason = "r" }, tag)));
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(a => a.Status == HttpStatusCode.PreconditionFailed));
        Assert.Equal(2, (await Patterns(workspace, failures: 2)).Count);
    }

    static SkillCandidateApproved Approved(string workspace, Guid pattern) => new()
    {
        WorkspaceId = workspace, CandidateId = Guid.NewGuid(), PatternId = pattern, AgentId = "ada", SkillName = "f", ApprovedBy = "grace", ApprovedAt = DateTimeOffset.UtcNow,
    };

    static Guid Id(JsonElement pattern) => pattern.GetProperty("pattern_id").GetGuid();

    static string? State(JsonElement pattern) => pattern.GetProperty("state").GetString();

    static IReadOnlyList<string> Episodes(JsonElement pattern) => [.. pattern.GetProperty("episode_ids").EnumerateArray().Select(e => e.GetString()!)];

    // One after the other, as they would be recorded.
    async Task Fail(string workspace, string episode, string task, string agent = "ada")
    {
        using var answer = await reflection.Admin.PostAsJsonAsync(
            $"/workspaces/{workspace}/episodes", new { episode_id = episode, agent_id = agent, task_description = task, outcome = "failure", expected_output = episode }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await Eventually.IsTrueAsync("it to be filed", async () => (await Get($"/workspaces/{workspace}/episodes/{episode}")).GetProperty("pattern_id").ValueKind == JsonValueKind.String);
    }

    async Task<(HttpStatusCode Status, JsonElement Body)> Reshape(string workspace, Guid pattern, string what, object body, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/patterns/{pattern}/{what}") { Content = JsonContent.Create(body) };
        tag ??= await Tag(workspace, pattern);
        if (tag.Length > 0) request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var answer = await reflection.Admin.SendAsync(request, Cancellation);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }

    async Task<string> Tag(string workspace, Guid pattern)
    {
        using var answer = await reflection.Admin.GetAsync(new Uri($"/workspaces/{workspace}/patterns/{pattern}", UriKind.Relative), Cancellation);
        return answer.Headers.ETag!.ToString();
    }

    async Task<List<JsonElement>> Patterns(string workspace, int failures)
    {
        List<JsonElement> all = [];
        await Eventually.IsTrueAsync($"{failures} failures to be filed", async () =>
        {
            all = [.. (await Get($"/workspaces/{workspace}/patterns")).GetProperty("items").EnumerateArray().Where(p => State(p) != "merged")];
            return all.Sum(p => p.GetProperty("failures").GetInt32()) == failures;
        });
        return all;
    }

    Task<JsonElement> Get(string path) => reflection.Admin.GetFromJsonAsync<JsonElement>(path, Cancellation);
}
