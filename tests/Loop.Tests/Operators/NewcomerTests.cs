using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>Somebody who has a key, and has read nothing.</summary>
[Collection("live system")]
public sealed class NewcomerTests(LiveSystem system)
{
    [Fact]
    public async Task A_newcomer_with_nothing_but_the_key_sets_up_a_workspace_and_finds_and_approves_the_first_candidate()
    {
        var workspace = $"first-{Guid.NewGuid():N}"[..18];
        var browser = await system.BrowserAsync();
        var page = await browser.OpenAsync("/");
        await page.GetByLabel("API key").FillAsync(TestInstallation.AdminKey);
        await page.Button("Sign in").ClickAsync();

        // Enable, with limits.
        await page.GetByLabel("New workspace").FillAsync(workspace);
        await page.Button("Make").ClickAsync();
        await page.GetByRole(AriaRole.Switch, new() { Name = "Auto-Dev" }).First.CheckAsync();
        await page.GetByLabel("Skill candidates a day").FillAsync("3");
        await page.Button("Save").ClickAsync();
        await Expect(page.Says("Saved. It applies at once.")).ToBeVisibleAsync();

        // The agent gets a key, and fails at its task.
        await page.GetByLabel("For whom or what").FillAsync("mailroom");
        await page.Button("Issue").ClickAsync();
        var key = await page.GetByRole(AriaRole.Status).Filter(new() { HasText = "shown only now" }).GetByRole(AriaRole.Button).Locator("code").InnerTextAsync();
        await page.GoToAsync("Agents");
        await Expect(page.Says("No agent is known in this workspace.")).ToBeVisibleAsync();
        await system.FailAsync(workspace, "mailroom", key, Names.Five);

        // Nothing waits: why? The agent is new, and has to be trusted first.
        await page.GoToAsync("Inbox");
        await Expect(page.Says("An agent needs the maturity INTERN")).ToBeVisibleAsync();
        await page.Link("Agents").ClickAsync();
        await page.Link("mailroom").ClickAsync();
        await Expect(page.Says("STUDENT")).ToBeVisibleAsync();
        await Expect(page.Says("of 100 towards INTERN")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What is missing" })).ToBeVisibleAsync();
        await page.GetByText("Set the maturity by hand").ClickAsync();
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Maturity" }).SelectOptionAsync("INTERN");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Reason" }).FillAsync("it has answered mail for a year");
        await page.Button("Set").ClickAsync();
        await Expect(page.Says("it has answered mail for a year")).ToBeVisibleAsync();

        // The first candidate.
        await page.GoToAsync("Overview");
        await page.GetByRole(AriaRole.Region, new() { Name = "Needs a person now" }).GetByRole(AriaRole.Link).Filter(new() { HasText = "a candidate for mailroom" }).ClickAsync();
        await Expect(page.Says("Waits for a person")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Source of " })).ToContainTextAsync("def ");
        await page.Button("Approve").ClickAsync();
        await Expect(page.Says("Approved by admin")).ToBeVisibleAsync();
        await page.Link("See the skill").ClickAsync();
        await Expect(page.Says("1.0.0 (current)")).ToBeVisibleAsync();

        // And what became of it.
        await page.GoToAsync("Inbox");
        await Expect(page.Says("Nothing waits: every candidate is decided")).ToBeVisibleAsync();
        await page.GoToAsync("Settings");
        await Expect(page.Says(" of 3, ")).ToBeVisibleAsync();
        await page.GoToAsync("Activity");
        await page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "SkillPublished" }).GetByRole(AriaRole.Link, new() { Name = "loop" }).ClickAsync();
        await Expect(page.Says("admin approved")).ToBeVisibleAsync();
        Assert.Empty(browser.Complaints);
    }
}
