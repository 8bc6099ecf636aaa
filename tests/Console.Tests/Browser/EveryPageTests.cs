using AutoDev.Testing;
using Deque.AxeCore.Commons;
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
    static readonly string Axe = new BundledAxeScriptProvider().GetScript();

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
            await page.GetByRole(AriaRole.Button, new() { Name = "Dark colours" }).ClickAsync();
            if (path.Length == 0)
            {
                // What was chosen outlives the page, on one as on all.
                await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Light colours" })).ToBeVisibleAsync();
                await page.ReloadAsync();
            }

            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Light colours" })).ToBeVisibleAsync(); // rendered with the dark palette
            await SeeAsync($"{name}-{what}-dark", "color-contrast");
            await page.SetViewportSizeAsync(400, 900);
            await Eventually.IsTrueAsync($"{path} to be no wider than a phone", () =>
                page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
            await WholeConsole.PictureAsync(page, $"{name}-{what}-phone");
            await page.SetViewportSizeAsync(1280, 900);
            await page.GetByRole(AriaRole.Button, new() { Name = "Light colours" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dark colours" })).ToBeVisibleAsync();
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct(StringComparer.Ordinal)));

        // Of the other colours only the contrasts are new.
        async Task SeeAsync(string name, params string[] rules)
        {
            await WholeConsole.PictureAsync(page, name);
            await page.EvaluateAsync(Axe);
            var found = await page.EvaluateAsync<string[]>(
                """
                async rules => (await axe.run(document, { resultTypes: ['violations'], ...(rules.length ? { runOnly: rules } : {}) })).violations
                    .filter(violation => ['serious', 'critical'].includes(violation.impact))
                    .flatMap(violation => violation.nodes.map(node => `${violation.id}, ${violation.help}: ${node.html.slice(0, 160)}`))
                """, rules);
            faults.AddRange(found.Select(fault => $"{name}: {fault}"));
        }
    }
}
