using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>What pages offer to whom: nobody is offered what the services would refuse.</summary>
[Collection("browser")]
public sealed class ViewerTests(WholeConsole console) : IDisposable
{
    // What reads only, for everybody. A button that is new and not among these changes something until somebody says otherwise here.
    static readonly string[] Reading = ["Filter", "Search", "Show", "Compare", "Pause", "Find out", "Look again", "Body", "Inline", "Side by side", "Only changes"];

    public void Dispose() => Assert.Empty(console.Complaints);

    [Fact]
    public async Task A_viewer_may_open_every_page_and_is_offered_nothing_that_would_be_refused()
    {
        var workspace = await console.WorkspaceAsync();
        await Workflow.EnableAsync(console, workspace);
        var candidate = await Workflow.CandidateAsync(console, workspace);
        var viewer = await console.SignedInAsync(workspace, Roles.Viewer);
        var reviewer = await console.SignedInAsync(workspace, Roles.Operator);
        await Expect(viewer.GetByRole(AriaRole.Banner)).ToContainTextAsync("You may look, not change.");
        await Expect(reviewer.GetByRole(AriaRole.Banner)).Not.ToContainTextAsync("You may look, not change.");

        // A candidate that waits, by button and by key.
        await OffersAsync(reviewer, workspace, $"/review/{candidate}", "Approve", "Reject", "Run");
        await OffersNothingAsync(viewer, workspace, $"/review/{candidate}");
        await Expect(viewer.GetByRole(AriaRole.Main)).ToContainTextAsync("Waits for a person");
        await WholeConsole.PictureAsync(viewer, "review-viewer");
        foreach (var key in new[] { "a", "r", "?" }) await viewer.Keyboard.PressAsync(key);
        await Expect(viewer.GetByRole(AriaRole.Dialog, new() { Name = "Keys" })).ToContainTextAsync("The next that waits");
        await Expect(viewer.GetByText("In a review: approve")).ToHaveCountAsync(0);
        Assert.Contains("\"status\":\"validated\"", await (await console.CallAsync(HttpMethod.Get,
            $"/api/memento/workspaces/{workspace}/candidates/{candidate}")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var single = await Workflow.FillAsync(console, workspace, candidate);
        foreach (var (path, offered) in new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["/inbox"] = ["Look"], ["/skills"] = ["archive"], ["/experiments"] = ["Start"], ["/patterns"] = ["Dismiss"], ["/failures"] = ["Replay", "Discard"],
            ["/fitness/weights"] = ["Show what would change"], ["/fitness/webhooks/shop"] = ["Try", "Try again"], ["/fitness/skill:sum_of_squares@1.0.0"] = ["Evaluate now"],
            ["/skills/turn_full_name_last_f"] = ["Pin 1.0.0", "Retire", "Run"], ["/episodes/ep-1"] = ["Learn from it now", "Give"],
            [single.First(p => p.StartsWith("/mutations/", StringComparison.Ordinal))] = ["Approve", "Reject"],
        }) await OffersAsync(reviewer, workspace, path, offered);

        foreach (var path in Workflow.Lists.Concat(single))
        {
            await OffersNothingAsync(viewer, workspace, path);
            if (path is "/inbox" or "/settings" or "/fitness/weights" or "/agents") await WholeConsole.PictureAsync(viewer, $"{path[1..].Replace('/', '-')}-viewer");
        }

        await viewer.SetViewportSizeAsync(400, 900);
        await WholeConsole.PictureAsync(viewer, "viewer-phone");
    }

    [Fact]
    public async Task An_operator_is_offered_nothing_that_only_an_administrator_may_do()
    {
        var workspace = await console.WorkspaceAsync();
        await Workflow.EnableAsync(console, workspace);
        (await console.CallAsync(HttpMethod.Put, $"/api/governance/workspaces/{workspace}/agents/ada", new { })).EnsureSuccessStatusCode();
        console.Played.Fill(workspace);
        var administrator = await console.SignedInAsync(workspace, Roles.Admin);
        var reviewer = await console.SignedInAsync(workspace, Roles.Operator);
        foreach (var (path, offered) in new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["/settings"] = ["Stop everything", "Save", "Save the model", "Save the address", "Issue a new secret", "Issue"],
            ["/agents"] = ["Set"], ["/agents/ada"] = ["Set"], ["/fitness/weights"] = ["Save"], ["/fitness/webhooks"] = ["Write its rules"],
            ["/fitness/webhooks/shop"] = ["Save the rules", "Issue a new secret", "Remove the source"],
        })
        {
            await OffersAsync(administrator, workspace, path, offered);
            await OpenAsync(reviewer, workspace, path);
            Assert.Empty((await ActingAsync(reviewer)).Intersect(offered, StringComparer.Ordinal));
        }
    }

    async Task OffersAsync(IPage page, string workspace, string path, params string[] controls)
    {
        await OpenAsync(page, workspace, path);
        await Eventually.HoldsAsync(() => ActingAsync(page), offered => Assert.Empty(controls.Except(offered, StringComparer.Ordinal)));
    }

    async Task OffersNothingAsync(IPage page, string workspace, string path)
    {
        await OpenAsync(page, workspace, path);
        Assert.Equal((path, ""), (path, string.Join(", ", await ActingAsync(page))));
    }

    async Task OpenAsync(IPage page, string workspace, string path)
    {
        await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}{path}").ToString());
        await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
        await Expect(page.GetByText("Loading…")).ToHaveCountAsync(0);
        await Expect(page.Locator("main :text('One moment…'):visible")).ToHaveCountAsync(0);
    }

    /// <summary>What changes something, by name: buttons, also those that wait for a reason, and fields that take effect by themselves or can be written into for long.</summary>
    static async Task<IEnumerable<string>> ActingAsync(IPage page) => (await page.EvaluateAsync<string[]>("""
        [...document.querySelectorAll('main button:not(.copy), main :is(input[type=file], input[type=checkbox], input[type=number]):enabled, main textarea:read-write')]
            .map(e => e.getAttribute('aria-label') ?? (e.textContent.trim() || e.id || e.name || e.type))
        """)).Except(Reading, StringComparer.Ordinal);
}
