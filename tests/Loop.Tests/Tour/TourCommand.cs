using AutoDev.Loop.Tests.Operators;
using AutoDev.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Tour;

/// <summary>
/// <c>tour</c>: plays the demo and the second loop on a system of its own, walks through the Console as docs/tour.md tells it, and takes the pictures of it anew.
/// </summary>
static class TourCommand
{
    const string Workspace = "acme";

    static readonly string Pictures = Path.Combine(LiveSystem.Repository, "docs/tour");

    /// <returns>The exit code: 0 if every picture is there.</returns>
    public static async Task<int> RunAsync()
    {
        await using var system = new LiveSystem();
        await system.InitializeAsync();
        foreach (var old in Directory.CreateDirectory(Pictures).EnumerateFiles("*.png")) old.Delete();
        await WalkAsync(system, await (await system.BrowserAsync()).OpenAsync("/"));
        return 0;
    }

    static async Task WalkAsync(LiveSystem system, IPage page)
    {
        await page.SetViewportSizeAsync(1180, 740);
        await TakeAsync(page, "01-sign-in");
        await page.GetByLabel("API key").FillAsync(TestInstallation.AdminKey);
        await page.Button("Sign in").ClickAsync();
        await page.GetByLabel("New workspace").FillAsync(Workspace);
        await page.Button("Make").ClickAsync();
        await page.GetByRole(AriaRole.Switch, new() { Name = "Auto-Dev" }).First.CheckAsync();
        await page.Button("Save").ClickAsync();
        await Expect(page.Says("Saved. It applies at once.")).ToBeVisibleAsync();
        await page.EvaluateAsync("scrollTo(0, 0)");
        await TakeAsync(page, "02-settings");

        Console.Error.WriteLine("The demo's agent learns and works");
        var (code, output) = await system.PlayDemoAsync(Workspace, null, "invoice id", "date");
        if (code != 0) throw new InvalidOperationException(output);
        var skills = new SkillsInUse(system);
        await skills.ImportAsync(Workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{Workspace}/agents/{SkillsInUse.Agent}", new { maturity = "SUPERVISED", reason = "half a year in accounting" });
        await skills.UseAsync(Workspace, "name_customers", "1.0.0", 8, i => 2 + i % 5 / 10.0, SkillsInUse.Orders);
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{Workspace}/agents/frontdesk", new { maturity = "INTERN", reason = "it has written badges since May" });
        await system.FailAsync(Workspace, "frontdesk", TestInstallation.AdminKey, Names.Five);
        await system.CandidateAsync(Workspace, "validated");

        Console.Error.WriteLine("The second loop");
        await page.GoToAsync("Skills");
        await page.Link("name_customers").ClickAsync();
        await page.Link("experiments").ClickAsync();
        await page.Button("Start").ClickAsync();
        await Expect(page.Says("Found something better.")).ToBeVisibleAsync();
        await TakeAsync(page, "08-experiment");

        await page.GoToAsync("Overview");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Needs a person now" }).GetByRole(AriaRole.Link).Filter(new() { HasText = "a mutation" })).ToBeVisibleAsync();
        await Expect(page.Says("ready")).ToBeVisibleAsync();
        await TakeAsync(page, "03-overview");
        await page.GoToAsync("Inbox");
        await Expect(page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await TakeAsync(page, "04-inbox");

        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "frontdesk" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Button("Approve")).ToBeVisibleAsync();
        await TakeAsync(page, "05-review");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Checks" }).EvaluateAsync("e => e.scrollIntoView()");
        await TakeAsync(page, "06-checks");
        await page.Button("Approve").ClickAsync();
        await page.Link("See the skill").ClickAsync();
        await Expect(page.Says("1.0.0 (current)")).ToBeVisibleAsync();
        await page.GoToAsync("Activity");
        await page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "SkillPublished" }).GetByRole(AriaRole.Link, new() { Name = "loop" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Stations of the loop" })).ToBeVisibleAsync();
        await TakeAsync(page, "07-loop");

        await page.GoToAsync("Inbox");
        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "mutation" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Button("Approve")).ToBeVisibleAsync();
        await TakeAsync(page, "09-mutation");
        await page.Locator("#difference").EvaluateAsync("e => e.scrollIntoView()");
        await TakeAsync(page, "10-difference");
        await page.Locator("#timing").EvaluateAsync("e => e.scrollIntoView()");
        await TakeAsync(page, "11-timings");
        await page.Button("Approve").ClickAsync();
        await Expect(page.Stands("In the catalog")).ToBeVisibleAsync();
        await page.Link("skill").ClickAsync();
        await Expect(page.Says("1.0.1 (current)")).ToBeVisibleAsync();
        await TakeAsync(page, "12-promoted");
        await page.GoToAsync("Agents");
        await Expect(page.Says("of 100 towards")).ToBeVisibleAsync();
        await TakeAsync(page, "13-agents");
        await page.GoToAsync("Audit");
        await Expect(page.Says("mutation")).ToBeVisibleAsync();
        await TakeAsync(page, "14-audit");
    }

    static async Task TakeAsync(IPage page, string name)
    {
        await Expect(page.GetByText("Loading…")).ToHaveCountAsync(0);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png") });
    }
}
