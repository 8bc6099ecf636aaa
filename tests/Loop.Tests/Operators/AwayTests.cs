using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>A service behind the Console is slow, or away, or its answer is lost, while somebody works with it.</summary>
[Collection("live system")]
public sealed class AwayTests(LiveSystem system)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_stay_usable_say_which_service_is_away_come_back_by_themselves_and_nothing_is_decided_twice()
    {
        var skills = new SkillsInUse(system);
        var workspace = await skills.WorkspaceAsync();
        var candidate = await skills.BringAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        var ann = await system.OperatorAsync(workspace, "ann", $"/review/{candidate}");
        var bob = await system.OperatorAsync(workspace, "bob", "/skills");
        await Expect(ann.Button("Approve")).ToBeVisibleAsync();
        var memento = system.WayTo("memento");
        try
        {
            // Its answer to a decision is lost on the way.
            memento.MuteServerAfter("/approve HTTP"u8.ToArray());
            await ann.Button("Approve").ClickAsync();
            await Expect(ann.Says("One moment…")).ToBeVisibleAsync();
            await Eventually.IsTrueAsync("Memento to have heard the decision", async () => await StatusAsync(workspace, candidate) == "promoted");
            memento.Refuse();
            await Expect(ann.Says("Memento does not answer")).ToBeVisibleAsync();
            await Expect(ann.Says("Trace id")).ToBeVisibleAsync();
            await Expect(ann.GetByRole(AriaRole.Region, new() { Name = "Source of " })).ToContainTextAsync("def ");

            // Others who need it are told the same; whatever needs another service goes on.
            await bob.GoToAsync("Overview");
            await Expect(bob.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Memento" }).First).ToContainTextAsync("does not answer");
            await bob.GoToAsync("Inbox");
            await bob.GoToAsync("Agents");
            await Expect(bob.Says(SkillsInUse.Agent)).ToBeVisibleAsync();
            await bob.GoToAsync("Skills");
            await Expect(bob.Says("Memento does not answer")).ToBeVisibleAsync();
            await Expect(bob.Says("Trace id")).ToBeVisibleAsync();

            // It comes back, slow at first: nobody reloads a page.
            memento.Mend();
            memento.Stall();
            await ann.Button("Approve").ClickAsync();
            await Expect(ann.Says("One moment…")).ToBeVisibleAsync();
            memento.Mend();
            await Expect(ann.Says("Approved by ann")).ToBeVisibleAsync();
            await Expect(bob.Link("name_customers")).ToBeVisibleAsync();
        }
        finally
        {
            memento.Mend();
        }

        Assert.Equal(1, (await system.GetAsync($"api/memento/workspaces/{workspace}/skills/name_customers")).GetProperty("versions").GetArrayLength());
        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/governance/workspaces/{workspace}/audit"), decisions =>
            Assert.Single(decisions, d => d.GetProperty("action").GetString() == "candidate_approved"));
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    [Fact]
    public async Task An_inbox_that_was_lost_comes_back_with_everything_that_waits()
    {
        var skills = new SkillsInUse(system);
        var workspace = await skills.WorkspaceAsync();
        var candidate = await skills.BringAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        var before = await Eventually.HoldsAsync(() => system.ItemsAsync($"api/console/workspaces/{workspace}/inbox"), items =>
            Assert.Equal(JsonValueKind.Number, Assert.Single(items).GetProperty("score").ValueKind));

        await system.KillAsync("console");
        await system.InDatabaseAsync("console", "truncate mt_doc_inboxitem, mt_doc_countedcall, mt_doc_activityentry");
        system.Start("console");
        await system.ReadyAsync("console");

        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/console/workspaces/{workspace}/inbox"), items =>
        {
            var item = Assert.Single(items);
            Assert.Equal(candidate, item.GetProperty("id").GetString());
            foreach (var known in new[] { "skill_name", "generator", "score", "risk", "held_out_total" })
                Assert.Equal(before[0].GetProperty(known).GetRawText(), item.GetProperty(known).GetRawText());
        });
    }

    [Fact]
    public async Task An_inbox_that_was_lost_while_somebody_looks_comes_back_when_it_is_asked_for_and_can_be_decided_on()
    {
        var skills = new SkillsInUse(system);
        var workspace = await skills.WorkspaceAsync();
        await skills.BringAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        var ann = await system.OperatorAsync(workspace, "ann", "/inbox");
        await Expect(ann.Link("name_customers")).ToBeVisibleAsync();

        Assert.Equal(1, await system.InDatabaseAsync("console", $"delete from mt_doc_inboxitem where tenant_id = '{workspace}'"));
        await Expect(ann.Says("Nothing waits")).ToBeVisibleAsync();
        await system.SendAsync(HttpMethod.Post, "api/console/restate");
        await ann.Link("name_customers").ClickAsync();
        await ann.Button("Approve").ClickAsync();
        await Expect(ann.Says("Approved by ann")).ToBeVisibleAsync();
        await ann.GoToAsync("Inbox");
        await Expect(ann.Says("Nothing waits")).ToBeVisibleAsync();
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    /// <summary>Asked beside the Console.</summary>
    async Task<string?> StatusAsync(string workspace, string candidate)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(system.AddressOf("memento"), $"workspaces/{workspace}/candidates/{candidate}"))
        {
            Headers = { { "X-Api-Key", TestInstallation.AdminKey } },
        };
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("status").GetString() : null;
    }
}
