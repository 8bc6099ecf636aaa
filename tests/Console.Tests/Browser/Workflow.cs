using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Testing;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>What has to have happened before an operator comes.</summary>
static class Workflow
{
    /// <summary>The pages of a workspace that need no thing to look at.</summary>
    public static readonly string[] Lists =
    [
        "", "/inbox", "/skills", "/experiments", "/mutations", "/fitness", "/fitness/weights", "/fitness/webhooks", "/activity", "/agents", "/episodes", "/patterns", "/failures", "/notifications",
        "/audit", "/settings",
    ];

    const string Names = "Turn a full name into \"Last, F.\"";

    public static async Task EnableAsync(WholeConsole console, string workspace) =>
        (await console.CallAsync(HttpMethod.Patch, $"/api/governance/workspaces/{workspace}/settings", new Dictionary<string,
            object> { ["auto_dev.enabled"] = true })).EnsureSuccessStatusCode();

    /// <summary>A candidate of Memento's own making that waits, in the inbox too.</summary>
    public static async Task<Guid> CandidateAsync(WholeConsole console, string workspace)
    {
        (await console.CallAsync(HttpMethod.Put, $"/api/governance/workspaces/{workspace}/agents/ada", new { maturity = "INTERN",
            reason = "known" })).EnsureSuccessStatusCode();
        await console.MementoAllowsAsync(workspace, "ada");
        await console.PublishAsync(Said.In(workspace).Failed("e0") with { RecordedAt = DateTimeOffset.UtcNow, TaskDescription = Names });
        await console.PublishAsync(Pattern(workspace));
        return Guid.Parse(await Eventually.GetAsync("the candidate to wait", async () => (await WaitingAsync(console, workspace))?.ToString()));
    }

    /// <summary>Approves the candidate and brings one of everything else; the pages that show a single thing, and one that there is not.</summary>
    public static async Task<string[]> FillAsync(WholeConsole console, string workspace, Guid candidate)
    {
        var seen = await console.CallAsync(HttpMethod.Get, $"/api/memento/workspaces/{workspace}/candidates/{candidate}");
        (await console.CallAsync(HttpMethod.Post, $"/api/memento/workspaces/{workspace}/candidates/{candidate}/approve", new { reason = "right" },
            seen.Headers.ETag!.ToString())).EnsureSuccessStatusCode();
        var played = console.Played.Fill(workspace);
        await console.PublishAsync((Said.In(workspace) with { Candidate = played.MutationId }).Completed());
        await Eventually.IsTrueAsync("the mutation to wait", async () =>
            (await (await console.CallAsync(HttpMethod.Get,
                $"/api/console/workspaces/{workspace}/inbox?kind=mutation")).Content.ReadAsStringAsync()).Contains($"{played.MutationId}",
                    StringComparison.Ordinal));
        return
        [
            $"/review/{candidate}", "/skills/turn_full_name_last_f", "/skills/turn_full_name_last_f/compare?from=1.0.0&to=1.0.0",
            $"/experiments/{played.ExperimentId}", $"/mutations/{played.MutationId}", "/fitness/skill:sum_of_squares@1.0.0", "/fitness/skills/sum_of_squares",
            "/fitness/skills/sum_of_squares/variants", "/fitness/compare?left=skill:sum_of_squares@1.0.0&right=skill:sum_of_squares@1.0.1", "/fitness/webhooks/shop",
            "/fitness/webhooks/new-one", "/agents/ada", "/episodes/ep-1", "/nothing-here",
        ];
    }

    /// <summary>The candidate that waits longest.</summary>
    public static async Task<Guid?> WaitingAsync(WholeConsole console, string workspace)
    {
        var answer = await console.CallAsync(HttpMethod.Get, $"/api/console/workspaces/{workspace}/inbox?kind=candidate");
        var inbox = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return inbox.GetProperty("items").EnumerateArray().Select(i => (Guid?)i.GetProperty("id").GetGuid()).FirstOrDefault();
    }

    static FailurePatternDetected Pattern(string workspace) => new()
    {
        PatternId = Guid.CreateVersion7(), WorkspaceId = workspace, AgentId = "ada", TaskDescription = Names, Attempt = 1,
        DetectedAt = DateTimeOffset.UtcNow,
        Episodes =
        [
            .. new[] { ("Ada Lovelace", "Lovelace, A."), ("Alan Turing", "Turing, A."), ("Grace Hopper", "Hopper, G."), ("Edsger Dijkstra", "Dijkstra, E."),
                ("Barbara Liskov", "Liskov, B.") }
                .Select((pair, i) => new PatternEpisode
                {
                    EpisodeId = $"e{i}", TaskDescription = Names, ErrorTrace = "KeyError: 'last_name'", ToolsAttempted = ["regex"],
                    InputJson = $$"""{"name":"{{pair.Item1}}"}""", ExpectedOutputJson = $"\"{pair.Item2}\"",
                }),
        ],
    };
}
