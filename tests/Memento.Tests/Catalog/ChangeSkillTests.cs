using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Marten;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace AutoDev.Memento.Tests.Catalog;

/// <summary>What operators decide on published skills, and what agents get then.</summary>
[Collection(RunningMemento.Name)]
public sealed class ChangeSkillTests(MementoFixture memento)
{
    const string Name = "extract_invoice_id";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_roll_back_agents_get_the_earlier_version_and_everybody_hears_who_did_it_and_why()
    {
        var workspace = await memento.WorkspaceAsync();
        var said = await memento.ListenAsync<SkillRolledBack>();
        var decisions = await memento.ListenAsync<DecisionMade>();
        await PublishedAsync(workspace, "first", "Finds it.");
        await PublishedAsync(workspace, "second", "Finds it better.");
        var skill = await GetAsync(workspace, "");
        var answer = await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = " It is too slow. " }, skill.ETag);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("1.0.0", "Finds it.", 2), (Text(answer.Body, "current_version"), Text(answer.Body, "description"),
            answer.Body.GetProperty("versions").GetArrayLength()));

        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        Assert.Equal(("first", "1.0.0"), await SourceAsync(agent, workspace));
        Assert.Equal(("second", "1.1.0"), await SourceAsync(agent, workspace, "?version=1.1.0"));
        var heard = await said.WaitAsync(s => s.WorkspaceId == workspace);
        Assert.Equal(("1.0.0", "1.1.0", 3, "It is too slow.", "admin"), (heard.Version, heard.FromVersion, heard.Revision, heard.Reason, heard.RolledBackBy));
        var decision = await decisions.WaitAsync(d => d.WorkspaceId == workspace && d.Action == "skill_rolled_back");
        Assert.Equal(($"skill:{Name}", "admin", "It is too slow."), (decision.Subject, decision.Actor, decision.Reason));
        Assert.Equal("1.1.0", Text(JsonElement.Parse(decision.BeforeJson!), "current_version"));
        Assert.Equal("1.0.0", Text(JsonElement.Parse(decision.AfterJson!), "current_version"));
    }

    [Fact]
    public async Task The_version_after_a_roll_back_has_a_number_that_was_never_taken_and_comes_of_the_current_one()
    {
        var workspace = await memento.WorkspaceAsync();
        foreach (var source in new[] { "1", "2", "3" }) await PublishedAsync(workspace, source);
        await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = "why" }, (await GetAsync(workspace, "")).ETag);
        var next = await PublishedAsync(workspace, "4");
        Assert.Equal(("1.3.0", "1.0.0"), (next.Version, next.ParentVersion));

        var lineage = (await GetAsync(workspace, "/lineage")).Body;
        Assert.Equal(
            [("1.0.0", null), ("1.1.0", "1.0.0"), ("1.2.0", "1.1.0"), ("1.3.0", "1.0.0")],
            lineage.GetProperty("nodes").EnumerateArray().Select(n => (Text(n, "version"), n.GetProperty("parent_version").GetString())));
        Assert.Equal(["published", "rolled_back"], lineage.GetProperty("nodes")[2].GetProperty("events").EnumerateArray().Select(e => Text(e, "kind")));
        Assert.True(lineage.GetProperty("nodes")[3].GetProperty("is_current").GetBoolean());

        var first = (await GetAsync(workspace, "/versions?limit=3")).Body;
        var second = (await GetAsync(workspace, $"/versions?limit=3&cursor={Text(first, "next")}")).Body;
        Assert.Equal(["1.3.0", "1.2.0", "1.1.0", "1.0.0"], first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray())
            .Select(v => Text(v, "version")));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task A_roll_back_names_what_was_seen_and_a_version_that_is_there_and_not_current()
    {
        var workspace = await memento.WorkspaceAsync();
        await PublishedAsync(workspace, "1");
        var old = (await GetAsync(workspace, "")).ETag;
        await PublishedAsync(workspace, "2");
        var now = (await GetAsync(workspace, "")).ETag;
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = "why" }, old)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "rollback", new { version = "1.0.0" }, now)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "rollback", new { version = "9.0.0", reason = "why" }, now)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "rollback", new { reason = "why" }, now)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "rollback", new { version = "1.1.0", reason = "why" }, now)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = "why" }, now, "no_such_skill")).Status);
        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(workspace, "rollback", new { version = "1.0.0", reason = "why" }, now, client: agent)).Status);
        Assert.Equal("1.1.0", Text((await GetAsync(workspace, "")).Body, "current_version"));
    }

    [Fact]
    public async Task A_retired_skill_is_gone_for_agents_until_it_is_restored()
    {
        var workspace = await memento.WorkspaceAsync();
        var (retired, restored) = (await memento.ListenAsync<SkillRetired>(), await memento.ListenAsync<SkillRestored>());
        await PublishedAsync(workspace, "1");
        await PostAsync(workspace, "pin", new { version = "1.0.0", agent = "ada", reason = "why" });
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(workspace, "retire", new { reason = "It leaks addresses." })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "retire", new { reason = "again" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "pin", new { version = "1.0.0", reason = "why" })).Status);

        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        foreach (var path in new[] { "", "/source", "/source?agent=ada", "/source?version=1.0.0", "/versions/1.0.0" })
        {
            var gone = await GetAsync(workspace, path, agent);
            Assert.Equal((HttpStatusCode.Gone, "/problems/skill-retired"), (gone.Status, Text(gone.Body, "type")));
        }

        Assert.Empty(await NamesAsync(agent, workspace, ""));
        Assert.Empty(await NamesAsync(agent, workspace, "/search?task=extract%20an%20invoice%20id"));
        Assert.Empty(await NamesAsync(memento.Admin, workspace, ""));
        Assert.Equal([Name], await NamesAsync(memento.Admin, workspace, "?state=retired"));
        Assert.Equal("It leaks addresses.", Text((await GetAsync(workspace, "")).Body.GetProperty("retired"), "reason"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(workspace, "/versions/1.0.0")).Status);
        Assert.Equal(("1.0.0", 3), await retired.WaitAsync(r => r.WorkspaceId == workspace) is var said ? (said.Version, said.Revision) : default);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(workspace, "restore", new { reason = "Mended." })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "restore", new { reason = "again" })).Status);
        Assert.Equal(("1", "1.0.0"), await SourceAsync(agent, workspace));
        Assert.Equal([Name], await NamesAsync(agent, workspace, "/search?task=extract%20an%20invoice%20id"));
        Assert.Equal(4, (await restored.WaitAsync(r => r.WorkspaceId == workspace)).Revision);
        Assert.Equal(
            ["restored", "retired", "pinned"],
            (await GetAsync(workspace, "/history")).Body.GetProperty("items").EnumerateArray().Select(e => Text(e, "kind")));
    }

    [Fact]
    public async Task A_new_version_of_a_retired_skill_restores_it_and_its_history_says_so()
    {
        var workspace = await memento.WorkspaceAsync();
        await PublishedAsync(workspace, "1");
        await PostAsync(workspace, "retire", new { reason = "why" });
        await PublishedAsync(workspace, "2");
        Assert.Equal(("2", "1.1.0"), await SourceAsync(memento.Admin, workspace));
        Assert.Equal([Name], await NamesAsync(memento.Admin, workspace, "/search?task=extract%20an%20invoice%20id"));
        var newest = (await GetAsync(workspace, "/history")).Body.GetProperty("items")[0];
        Assert.Equal(("restored", "1.1.0", "1.0.0"), (Text(newest, "kind"), Text(newest, "version"), Text(newest, "from_version")));
    }

    [Fact]
    public async Task A_pin_holds_through_publications_and_roll_backs_an_agents_own_before_everyones()
    {
        var workspace = await memento.WorkspaceAsync();
        foreach (var source in new[] { "1", "2", "3" }) await PublishedAsync(workspace, source);
        await PostAsync(workspace, "pin", new { version = "1.1.0", reason = "Proven." });
        await PostAsync(workspace, "pin", new { version = "1.0.0", agent = "ada", reason = "Needs the old one." });
        await PublishedAsync(workspace, "4");
        await PostAsync(workspace, "rollback", new { version = "1.2.0", reason = "why" }, (await GetAsync(workspace, "")).ETag);

        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        Assert.Equal(("1", "1.0.0"), await SourceAsync(agent, workspace, "?agent=ada"));
        Assert.Equal(("2", "1.1.0"), await SourceAsync(agent, workspace, "?agent=bob"));
        Assert.Equal(("2", "1.1.0"), await SourceAsync(agent, workspace));
        Assert.Equal(("4", "1.3.0"), await SourceAsync(agent, workspace, "?agent=ada&version=1.3.0"));
        var seen = (await GetAsync(workspace, "?agent=ada", agent)).Body;
        Assert.Equal(("1.0.0", "1.2.0"), (Text(seen, "version"), Text(seen, "current_version")));
        Assert.Equal([("", "1.1.0"), ("ada", "1.0.0")], seen.GetProperty("pins").EnumerateArray().Select(p =>
            (p.GetProperty("agent_id").GetString() ?? "", Text(p, "version"))));
        Assert.Equal("1.0.0", Text((await GetAsync(workspace, "/search?task=extract%20an%20invoice%20id&agent=ada", agent,
            skill: "")).Body.GetProperty("items")[0], "version"));

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(workspace, "unpin", new { agent = "ada", reason = "why" })).Status);
        Assert.Equal(("2", "1.1.0"), await SourceAsync(agent, workspace, "?agent=ada"));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(workspace, "unpin", new { reason = "why" })).Status);
        Assert.Equal(("3", "1.2.0"), await SourceAsync(agent, workspace, "?agent=ada"));
    }

    [Fact]
    public async Task A_pin_names_a_version_that_is_there_and_an_agent_and_is_not_made_twice()
    {
        var workspace = await memento.WorkspaceAsync();
        await PublishedAsync(workspace, "1");
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "pin", new { version = "2.0.0", reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "pin", new { reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "pin", new { version = "1.0.0" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "pin", new { version = "1.0.0", agent = " ", reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(workspace, "pin",
            new { version = "1.0.0", agent = new string('a', 201), reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "unpin", new { agent = "ada", reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(workspace, "pin", new { version = "1.0.0", agent = "ada", reason = "why" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(workspace, "pin", new { version = "1.0.0", agent = "ada", reason = "why" })).Status);
    }

    [Fact]
    public async Task Of_many_who_roll_back_what_they_saw_on_two_instances_one_does_and_of_many_pins_none_is_lost()
    {
        await using var another = (WebApplicationFactory<SkillCandidate>)await memento.StartAnotherAsync();
        using var there = another.CreateClient();
        there.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        var workspace = await memento.WorkspaceAsync();
        foreach (var source in new[] { "1", "2" }) await PublishedAsync(workspace, source);
        var seen = (await GetAsync(workspace, "")).ETag;
        var rolledBack = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            PostAsync(workspace, "rollback", new { version = "1.0.0", reason = $"{i}" }, seen, client: i % 2 == 0 ? there : memento.Admin)));
        Assert.Equal((1, 11), (rolledBack.Count(r => r.Status == HttpStatusCode.OK), rolledBack.Count(r => r.Status == HttpStatusCode.PreconditionFailed)));

        var pinned = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            PostAsync(workspace, "pin", new { version = "1.1.0", agent = $"agent-{i}", reason = "why" }, client: i % 2 == 0 ? there : memento.Admin)));
        Assert.All(pinned, p => Assert.Equal(HttpStatusCode.OK, p.Status));
        var skill = (await memento.InStoreAsync(workspace, s => s.LoadAsync<Skill>(Name, Cancellation)))!;
        Assert.Equal((12, 15), (skill.Pins.Count, skill.Revision));
        Assert.Equal(13, await memento.InStoreAsync(workspace, s => s.Query<SkillEvent>().CountAsync(Cancellation)));
    }

    [Fact]
    public async Task Any_two_versions_are_compared()
    {
        var workspace = await memento.WorkspaceAsync();
        foreach (var source in new[] { "def f():\n    return 1\n", "def f():\n    return 2\n" }) await PublishedAsync(workspace, source);
        var diff = (await GetAsync(workspace, "/diff?from=1.1.0&to=1.0.0")).Body;
        Assert.Equal("--- extract_invoice_id.py@1.1.0\n+++ extract_invoice_id.py@1.0.0\n@@ -1,2 +1,2 @@\n def f():\n-    return 2\n+    return 1\n",
            Text(diff, "unified"));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(workspace, "/diff?from=1.0.0&to=7.0.0")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(workspace, "/diff?from=1.0.0")).Status);
    }

    Task<SkillVersion> PublishedAsync(string workspace, string source, string description = "Finds it.") =>
        memento.PublishedAsync(workspace, Name, description, MementoFixture.Task, source);

    async Task<(HttpStatusCode Status, JsonElement Body, EntityTagHeaderValue? ETag)> GetAsync(string workspace, string path, HttpClient? client = null,
        string skill = $"/{Name}")
    {
        using var answer = await (client ?? memento.Admin).GetAsync(new Uri($"/workspaces/{workspace}/skills{skill}{path}", UriKind.Relative), Cancellation);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancellation)), answer.Headers.ETag);
    }

    async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(
        string workspace, string what, object body, EntityTagHeaderValue? seen = null, string name = Name, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/skills/{name}/{what}") { Content = JsonContent.Create(body) };
        if (seen is not null) request.Headers.IfMatch.Add(seen);
        using var answer = await (client ?? memento.Admin).SendAsync(request, Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        return (answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    static async Task<(string Source, string Version)> SourceAsync(HttpClient client, string workspace, string query = "")
    {
        using var answer = await client.GetAsync(new Uri($"/workspaces/{workspace}/skills/{Name}/source{query}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync(Cancellation), answer.Headers.GetValues(GetSkill.VersionHeader).Single());
    }

    async Task<IEnumerable<string>> NamesAsync(HttpClient client, string workspace, string path) =>
        (await GetAsync(workspace, path, client, skill: "")).Body.GetProperty("items").EnumerateArray().Select(i => Text(i, "name"));

    static string Text(JsonElement json, string property) => json.GetProperty(property).GetString()!;
}
