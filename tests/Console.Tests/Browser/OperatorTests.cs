using System.IO.Compression;
using System.Net;
using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>What an operator does, as a person does it.</summary>
[Collection("browser")]
public sealed class OperatorTests(WholeConsole console) : IDisposable
{
    /// <summary>A test that passes before a person's eyes only has not passed.</summary>
    public void Dispose() => Assert.Empty(console.Complaints);

    [Fact]
    public async Task An_operator_enables_the_workspace_finds_the_candidate_tests_it_approves_it_and_sees_the_skill()
    {
        var workspace = await console.WorkspaceAsync();
        var page = await console.SignedInAsync($"/w/{workspace}/inbox");
        await Expect(page.GetByText("Nothing waits: Auto-Dev is off in this workspace.")).ToBeVisibleAsync();
        await Picture(page, "inbox-off");

        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Switch, new() { Name = "Auto-Dev" }).First.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Saved. It applies at once.")).ToBeVisibleAsync();
        await Picture(page, "settings");

        await CandidateAsync(workspace);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Pages", Exact = true }).GetByRole(AriaRole.Link, new() { Name = "Inbox" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "turn_full_name" }).ClickAsync();
        await Expect(page.GetByText("Waits for a person")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Source of turn_full_name" })).ToContainTextAsync("def turn_full_name");
        await Expect(page.GetByText("Examples the generator never saw")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Textbox, new() { Name = "name text" }).FillAsync("Katherine Johnson");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(page.GetByText("\"Johnson, K.\"")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Arguments by name, as JSON")).ToHaveValueAsync("{\n  \"name\": \"Katherine Johnson\"\n}");
        await page.GetByLabel("Arguments by name, as JSON").FillAsync("{\"name\": 7}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(page.Locator(".notice.bad", new() { HasText = "ValueError: name must be two words" })).ToBeVisibleAsync();
        await Picture(page, "review");

        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(page.GetByText("Approved by admin")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "See the skill" }).ClickAsync();
        await Expect(page.GetByText("1.0.0 (current)")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "name text" }).FillAsync("Radia Perlman");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Expect(page.GetByText("\"Perlman, R.\"")).ToBeVisibleAsync();
        await Picture(page, "skill");

        await page.GetByRole(AriaRole.Navigation, new() { Name = "Pages", Exact = true }).GetByRole(AriaRole.Link, new() { Name = "Inbox" }).ClickAsync();
        await Expect(page.GetByText("Nothing waits: every candidate is decided")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Pages", Exact = true }).GetByRole(AriaRole.Link, new() { Name = "Activity" }).ClickAsync();
        await page.Locator("li", new() { HasText = "SkillPublished" }).GetByRole(AriaRole.Link, new() { Name = "loop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Stations of the loop" }).GetByText("Skill", new() { Exact = false })).ToBeVisibleAsync();
        await Expect(page.GetByText("admin approved")).ToBeVisibleAsync();
        await Picture(page, "loop");
    }

    [Fact]
    public async Task An_operator_imports_a_skill_sees_where_it_comes_from_approves_it_and_exports_it()
    {
        var workspace = await console.WorkspaceAsync();
        var page = await console.SignedInAsync($"/w/{workspace}/skills");
        await page.GetByText("Import skills").ClickAsync();
        await Eventually.IsTrueAsync("the page to take an archive", async () => // not before it is connected
        {
            await page.GetByLabel("Archive").SetInputFilesAsync(new FilePayload { Name = "bad.zip", MimeType = "application/zip", Buffer = "no archive"u8.ToArray() });
            return await page.GetByText("It is no ZIP archive, or its end is missing.").WaitForAsync(new() { Timeout = 5000 }).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default);
        });
        await page.GetByLabel("Archive").SetInputFilesAsync(new FilePayload { Name = "names.zip", MimeType = "application/zip", Buffer = NamesPackage() });
        await page.GetByRole(AriaRole.Link, new() { Name = "turn_full_name" }).ClickAsync();
        await Expect(page.GetByText("Waits for a person", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Where it comes from" })).ToBeVisibleAsync();
        await Expect(page.GetByText("Examples that came with it")).ToBeVisibleAsync();
        await Picture(page, "review-imported");

        await Eventually.IsTrueAsync("the inbox to have it", async () => await WaitingAsync(workspace) is not null);
        await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}/inbox").ToString());
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "turn_full_name" })).ToContainTextAsync("import");
        await page.GetByRole(AriaRole.Link, new() { Name = "turn_full_name" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "See the skill" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Export 1.0.0" }).ClickAsync());
        Assert.Equal("turn-full-name-1.0.0.zip", download.SuggestedFilename);
        await using var archive = await ZipFile.OpenReadAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.NotNull(archive.GetEntry("turn-full-name/SKILL.md"));
    }

    /// <summary>A package of somebody else's for the task of these tests.</summary>
    static byte[] NamesPackage()
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in new[]
            {
                ("names/pyproject.toml", "[project]\n"), ("names/names.py",
                    "def turn_full_name(name: str) -> str:\n    first, last = name.split(' ')\n    return f'{last}, {first[0]}.'\n"),
                ("names/examples.json", """[{"input": {"name": "Ada Lovelace"}, "expected": "Lovelace, A."}, {"input": {"name": "Alan Turing"}, "expected": "Turing, A."}]"""),
            })
            {
                using var writer = new StreamWriter(archive.CreateEntry(path).Open());
                writer.Write(text);
            }
        }

        return bytes.ToArray();
    }

    [Fact]
    public async Task A_decision_on_what_has_changed_does_not_count_and_says_so()
    {
        var workspace = await console.WorkspaceAsync();
        await EnableAsync(workspace);
        var candidate = await CandidateAsync(workspace);
        var page = await console.SignedInAsync($"/w/{workspace}/review/{candidate}");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Approve" })).ToBeVisibleAsync();

        var seen = await console.CallAsync(HttpMethod.Get, $"/api/memento/workspaces/{workspace}/candidates/{candidate}");
        (await console.CallAsync(HttpMethod.Post, $"/api/memento/workspaces/{workspace}/candidates/{candidate}/reject", new { reason = "too narrow" },
            seen.Headers.ETag!.ToString()))
            .EnsureSuccessStatusCode();

        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(page.GetByText("It has changed since you saw it.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Rejected by admin")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Approve" })).ToHaveCountAsync(0);
        await Picture(page, "review-changed");
        Assert.Equal(HttpStatusCode.NotFound, (await console.CallAsync(HttpMethod.Get,
            $"/api/memento/workspaces/{workspace}/skills/turn_full_name_last_f")).StatusCode);
    }

    [Fact]
    public async Task A_service_that_is_away_is_said_in_words_and_the_pages_go_on()
    {
        var workspace = await console.WorkspaceAsync();
        var page = await console.SignedInAsync($"/w/{workspace}");
        await Expect(page.Locator(".health li", new() { HasText = "Sandbox-Runner" })).ToContainTextAsync("does not answer");
        await Expect(page.Locator(".health li", new() { HasText = "Memento" })).ToContainTextAsync("ready");
    }

    [Fact]
    public async Task The_reference_shows_the_services_and_loads_nothing_from_elsewhere()
    {
        var page = await console.SignedInAsync("/");
        await page.GotoAsync(new Uri(console.Address, "/docs/?api=memento").ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "Candidates", Exact = true }).ClickAsync();
        await Expect(page.GetByText("The workspace's candidates, newest first", new() { Exact = false }).First).ToBeVisibleAsync();
        await Picture(page, "docs");
    }

    [Fact]
    public async Task Whoever_signs_out_sees_no_page_any_more()
    {
        var workspace = await console.WorkspaceAsync();
        var page = await console.SignedInAsync($"/w/{workspace}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("API key")).ToBeVisibleAsync();
        await page.GotoAsync(new Uri(console.Address, $"/w/{workspace}/inbox").ToString());
        await Expect(page.GetByLabel("API key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_body_above_two_megabytes_is_refused_in_words()
    {
        var answer = await console.CallAsync(HttpMethod.Post, "/api/memento/workspaces/w/candidates", new { text = new string('x', 3 * 1024 * 1024) });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("At most 2 MB", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    Task EnableAsync(string workspace) => Workflow.EnableAsync(console, workspace);

    Task<Guid> CandidateAsync(string workspace) => Workflow.CandidateAsync(console, workspace);

    Task<Guid?> WaitingAsync(string workspace) => Workflow.WaitingAsync(console, workspace);

    static Task<byte[]> Picture(IPage page, string name) => WholeConsole.PictureAsync(page, name);
}
