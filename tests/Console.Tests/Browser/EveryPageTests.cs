using AutoDev.Testing;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>
/// Every page once filled and once empty, in both colours and on a phone: with its landmarks, within the screen, and without what axe calls serious.
/// </summary>
[Collection("browser")]
public sealed class EveryPageTests(WholeConsole console) : IDisposable
{
    public void Dispose() => Assert.Empty(console.Complaints);

    [Fact]
    public async Task Every_page_that_has_something_to_show_can_be_read_by_everybody_on_every_screen()
    {
        var workspace = await console.WorkspaceAsync();
        await Workflow.EnableAsync(console, workspace);
        var single = await Workflow.FillAsync(console, workspace, await Workflow.CandidateAsync(console, workspace));
        var page = await console.SignedInAsync($"/w/{workspace}");
        await LookAsync(page, workspace, "filled", [.. Workflow.Lists, .. single]);
    }

    [Fact]
    public async Task Every_page_that_has_nothing_to_show_says_why()
    {
        var workspace = await console.WorkspaceAsync();
        var page = await console.SignedInAsync($"/w/{workspace}");
        await LookAsync(page, workspace, "empty", Workflow.Lists);
    }

    async Task LookAsync(IPage page, string workspace, string what, IReadOnlyList<string> paths)
    {
        var faults = new List<string>();
        foreach (var path in paths)
        {
            var name = path.Length == 0 ? "overview" : path[1..].Split('?')[0].Replace('/', '-').Replace(':', '-');
            if (name.Length > 40) name = name[..40];
            await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}{path}").ToString());
            await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
            await Expect(page.GetByText("Loading…")).ToHaveCountAsync(0);
            await Expect(page.Locator("main :text('One moment…'):visible")).ToHaveCountAsync(0);
            await Expect(page.Locator("main .trouble")).ToHaveCountAsync(path == "/failures" ? 1 : 0); // the Sandbox-Runner is away, and there it matters
            await Expect(page.GetByRole(AriaRole.Banner)).ToHaveCountAsync(1);
            await SeeAsync($"{name}-{what}-light");
            await page.EvaluateAsync("autodev.keepDark(true)");
            await page.ReloadAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Light colours" })).ToBeVisibleAsync(); // rendered with the dark palette
            await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
            await Expect(page.GetByText("Loading…")).ToHaveCountAsync(0);
            await SeeAsync($"{name}-{what}-dark");
            await page.SetViewportSizeAsync(400, 900);
            await Eventually.IsTrueAsync($"{path} to be no wider than a phone", () =>
                page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
            await WholeConsole.PictureAsync(page, $"{name}-{what}-phone");
            await page.SetViewportSizeAsync(1280, 900);
            await page.EvaluateAsync("autodev.keepDark(false)");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct(StringComparer.Ordinal)));

        async Task SeeAsync(string name)
        {
            await WholeConsole.PictureAsync(page, name);
            var found = await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
            faults.AddRange(
                from violation in found.Violations
                where violation.Impact is "serious" or "critical"
                from node in violation.Nodes
                select $"{name}: {violation.Id}, {violation.Help}: {node.Html[..Math.Min(160, node.Html.Length)]}");
        }
    }
}
