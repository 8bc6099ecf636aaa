using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>Two people look at the same thing, and only what both have seen can be decided, once.</summary>
[Collection("live system")]
public sealed class TwoOperatorsTests(LiveSystem system)
{
    const string Changed = "It has changed since you saw it.";

    [Fact]
    public async Task New_evidence_voids_what_was_seen_of_a_candidate_and_of_two_operators_the_first_decides()
    {
        var workspace = $"two-{Guid.NewGuid():N}"[..16];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/ada", new { maturity = "INTERN", reason = "known" });
        await system.FailAsync(workspace, "ada", TestInstallation.AdminKey, Names.Five);
        var (id, seen) = await WaitsAsync(workspace, than: null);
        var ann = await system.OperatorAsync(workspace, "ann", $"/review/{id}");
        var bob = await system.OperatorAsync(workspace, "bob", $"/review/{id}");
        await Expect(ann.Button("Approve")).ToBeVisibleAsync();
        await Expect(bob.Button("Approve")).ToBeVisibleAsync();

        // The agent fails once more: the candidate is tried on that too, and both look at what is no more.
        await system.FailAsync(workspace, "ada", TestInstallation.AdminKey, Names.Sixth);
        await WaitsAsync(workspace, than: seen);
        await ann.Button("Approve").ClickAsync();
        await Expect(ann.Says(Changed)).ToBeVisibleAsync();
        await ann.Button("Approve").ClickAsync();
        await Expect(ann.Says("Approved by ann")).ToBeVisibleAsync();

        await bob.GetByLabel("Reason").FillAsync("I had doubts");
        await bob.Button("Reject").ClickAsync();
        await Expect(bob.Says(Changed)).ToBeVisibleAsync();
        await Expect(bob.Says("Approved by ann")).ToBeVisibleAsync();
        await Expect(bob.Button("Reject")).ToHaveCountAsync(0);
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    [Fact]
    public async Task An_experiment_is_watched_to_its_end_and_of_two_operators_the_first_decides_on_its_mutation()
    {
        var skills = new SkillsInUse(system);
        var workspace = await skills.WorkspaceAsync();
        await skills.ImportAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        await skills.UseAsync(workspace, "name_customers", "1.0.0", 8, i => 2 + i % 5 / 10.0, SkillsInUse.Orders); // not so slow that an experiment begins by itself

        var ann = await system.OperatorAsync(workspace, "ann", "/skills");
        await ann.Link("name_customers").ClickAsync();
        await ann.Link("experiments").ClickAsync();
        await ann.Button("Start").ClickAsync();
        await Expect(ann.GetByRole(AriaRole.Heading, new() { Name = "Experiment with name_customers 1.0.0" })).ToBeVisibleAsync();
        await Expect(ann.Says("Found something better.")).ToBeVisibleAsync();
        await Expect(ann.GetByRole(AriaRole.List, new() { Name = "Stages of the experiment" })).ToContainTextAsync("Proving");
        await Expect(ann.GetByRole(AriaRole.Cell, new() { Name = "Chosen" })).ToBeVisibleAsync();
        await ann.Link("See the mutation").ClickAsync();
        await Expect(ann.Says("Waits for a person")).ToBeVisibleAsync();

        // It waits in the inbox, too, where another finds it.
        var bob = await system.OperatorAsync(workspace, "bob", "/inbox");
        await bob.GetByRole(AriaRole.Row).Filter(new() { HasText = "mutation" }).GetByRole(AriaRole.Link, new() { Name = "name_customers", Exact = true }).ClickAsync();
        await Expect(bob.Button("Approve")).ToBeVisibleAsync();
        await Expect(bob.GetByRole(AriaRole.Region, new() { Name = "How fast" })).ToContainTextAsync("Speed against the parent");

        await ann.GetByLabel("Reason").FillAsync("faster, and the same");
        await ann.Button("Approve").ClickAsync();
        await Expect(ann.Says("Approved by ann")).ToBeVisibleAsync();
        await bob.GetByLabel("Reason").FillAsync("harder to read");
        await bob.Button("Reject").ClickAsync();
        await Expect(bob.Says("It has changed since you saw it.")).ToBeVisibleAsync();
        await Expect(bob.Says("Approved by ann")).ToBeVisibleAsync();
        await Expect(bob.Button("Reject")).ToHaveCountAsync(0);

        // It becomes the version that agents get, its lineage and its scores tell of it.
        await Expect(ann.Stands("In the catalog")).ToBeVisibleAsync();
        await ann.Link("skill").ClickAsync();
        await Expect(ann.Says("1.0.1 (current)")).ToBeVisibleAsync();
        await Expect(ann.GetByRole(AriaRole.Group, new() { Name = "Lineage of the versions" }).GetByRole(AriaRole.Link, new() { Name = "1.0.1 · current, made from 1.0.0" })).ToBeVisibleAsync();
        await ann.Link("compare").ClickAsync();
        await Expect(ann.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("name_customers");
        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/fitness/workspaces/{workspace}/scores?kind=skill"), scores =>
            Assert.Contains(scores, s => s.GetProperty("subject").GetString() == "skill:name_customers@1.0.1"));
        await ann.GoToAsync("Fitness");
        await ann.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link).Filter(new() { HasText = "1.0.1" }).First.ClickAsync();
        await Expect(ann.GetByRole(AriaRole.Region, new() { Name = "Its parts" })).ToContainTextAsync("Approved");
        await Expect(ann.Says("Against 1.0.0")).ToBeVisibleAsync();
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    /// <summary>The candidate that waits for a person, in another form than was seen.</summary>
    Task<Seen> WaitsAsync(string workspace, string? than) => Eventually.GetAsync("a candidate to wait in another form", async () =>
    {
        var id = await system.CandidateAsync(workspace, "validated");
        using var answer = await system.Api.GetAsync(
            new Uri($"api/memento/workspaces/{workspace}/candidates/{id}", UriKind.Relative), TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return answer.Headers.ETag?.ToString() is { } tag && tag != than && body.Contains("\"status\":\"validated\"", StringComparison.Ordinal) ? new Seen(id, tag) : null;
    });

    sealed record Seen(string Id, string ETag);
}
