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
    public async Task An_operator_rejects_all_candidates_and_mutations_of_a_workspace_at_once()
    {
        var workspace = await console.WorkspaceAsync();
        await Workflow.EnableAsync(console, workspace);
        var candidate = await Workflow.CandidateAsync(console, workspace);
        var played = console.Played.Fill(workspace);
        var page = await console.SignedInAsync($"/w/{workspace}/inbox");
        await page.GetByText("Decide on many at once").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        await Expect(page.GetByText("1 candidate fits")).ToBeVisibleAsync();
        await Expect(page.GetByText("1 mutation fits")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject 1 candidate and 1 mutation" }).ClickAsync();
        var question = page.GetByRole(AriaRole.Alertdialog, new() { Name = "Reject 1 candidate and 1 mutation" });
        await WholeConsole.PictureAsync(page, "inbox-bulk");
        await question.GetByLabel("Reason").FillAsync("one at a time, please");
        await question.GetByRole(AriaRole.Button, new() { Name = "Reject 1 candidate and 1 mutation" }).ClickAsync();
        await Expect(page.GetByText("1 of 1 candidate decided")).ToBeVisibleAsync();
        await Expect(page.GetByText("1 of 1 mutation decided")).ToBeVisibleAsync();
        Assert.Contains($$"""POST mutations/decisions {"token":"{{played.MutationId}}","decision":"reject","reason":"one at a time, please"}""", console.Played.Asked);
        await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}/review/{candidate}").ToString());
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_an_operator_has_written_outlives_a_lost_connection_and_a_reload_until_it_is_sent()
    {
        var workspace = await console.WorkspaceAsync();
        var played = console.Played.Fill(workspace);
        await console.PublishAsync((Said.In(workspace) with { Candidate = played.MutationId }).Completed());
        var page = await console.SignedInAsync($"/w/{workspace}/mutations/{played.MutationId}");
        await page.GetByLabel("Reason").FillAsync("harder to read");
        await page.EvaluateAsync("Blazor._internal.forceCloseConnection()");
        await Expect(page.Locator("#components-reconnect-modal")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("components-reconnect-hide", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1))); // was lost, is back
        await Expect(page.GetByLabel("Reason")).ToHaveValueAsync("harder to read");
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Reason")).ToHaveValueAsync("harder to read");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("sessionStorage.length"));
    }
}
