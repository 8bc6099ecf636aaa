using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>Deciding, by keyboard and on many at once.</summary>
[Collection("browser")]
public sealed class ReviewTests(WholeConsole console) : IDisposable
{
    public void Dispose() => Assert.Empty(console.Complaints);

    [Fact]
    public async Task An_operator_reviews_a_mutation_by_keyboard_and_cannot_approve_what_has_changed()
    {
        var workspace = await console.WorkspaceAsync();
        var played = console.Played.Fill(workspace);
        var said = Said.In(workspace) with { Candidate = played.MutationId };
        await console.PublishAsync(said.Completed());
        var page = await console.SignedInAsync($"/w/{workspace}/inbox");
        var row = page.GetByRole(AriaRole.Link, new() { Name = "sum_of_squares", Exact = true });
        await Expect(row).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keys" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("j");
        await Expect(row).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("o");

        await Expect(page.GetByText("Waits for a person", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator("td.added")).ToContainTextAsync("return sum(n * n for n in numbers)");
        played.Decide(approved: false); // somebody else was faster
        await page.Keyboard.PressAsync("a");
        await Expect(page.GetByText("It has changed since you saw it.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Approve" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_operator_rejects_a_mutation_with_a_reason_and_goes_on_to_the_next()
    {
        var workspace = await console.WorkspaceAsync();
        var played = console.Played.Fill(workspace);
        await console.PublishAsync((Said.In(workspace) with { Candidate = played.MutationId }).Completed());
        await console.PublishAsync(Said.In(workspace).Completed() with { SkillName = "the_other", CompletedAt = DateTimeOffset.UtcNow });
        await Eventually.IsTrueAsync("both to wait", async () =>
            (await (await console.CallAsync(HttpMethod.Get,
                $"/api/console/workspaces/{workspace}/inbox")).Content.ReadAsStringAsync()).Contains("\"total\":2", StringComparison.Ordinal));
        var page = await console.SignedInAsync($"/w/{workspace}/mutations/{played.MutationId}");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Reject" })).ToBeDisabledAsync();
        await page.Locator("main h1").ClickAsync();
        await page.Keyboard.PressAsync("r");
        await Expect(page.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.GetByLabel("Reason").FillAsync("harder to read");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
        Assert.Contains($"POST mutations/{played.MutationId}/reject {{\"reason\":\"harder to read\"}} \"1\"", console.Played.Asked);
        await page.GetByRole(AriaRole.Link, new() { Name = "Next: the_other" }).ClickAsync();
        await Expect(page.Locator("main h1")).ToContainTextAsync("sum_of_squares"); // the played Evolver knows this one only
    }

    [Fact]
    public async Task An_operator_rejects_all_candidates_of_an_agent_at_once()
    {
        var workspace = await console.WorkspaceAsync();
        await Workflow.EnableAsync(console, workspace);
        var candidate = await Workflow.CandidateAsync(console, workspace);
        var page = await console.SignedInAsync($"/w/{workspace}/inbox?agent=ada");
        await page.GetByText("Decide on many candidates").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        await Expect(page.GetByText("1 candidate fits")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject 1 candidate" }).ClickAsync();
        var question = page.GetByRole(AriaRole.Alertdialog, new() { Name = "Reject 1 candidate" });
        await question.GetByLabel("Reason").FillAsync("one at a time, please");
        await question.GetByRole(AriaRole.Button, new() { Name = "Reject 1 candidate" }).ClickAsync();
        await Expect(page.GetByText("1 of 1 decided")).ToBeVisibleAsync();
        await Expect(page.GetByText("Nothing that waits matches this filter.")).ToBeVisibleAsync();
        await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}/review/{candidate}").ToString());
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
    }
}
