using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Clients;

/// <summary>The MCP client of docs/clients, which is the protocol's official one in another language, against the whole system.</summary>
[Collection("live system")]
public sealed class McpClientTests(LiveSystem system) : IDisposable
{
    static readonly (string Name, string Wanted)[] Failures =
    [
        ("Ada Lovelace", "Lovelace, A."), ("Alan Turing", "Turing, A."), ("Grace Brewster Hopper", "Hopper, G."), ("Edsger Dijkstra", "Dijkstra, E."),
        ("Barbara Liskov", "Liskov, B."), ("Donald Ervin Knuth", "Knuth, D."), ("Radia Perlman", "Perlman, R."), ("Frances Elizabeth Allen", "Allen, F."),
    ];

    readonly string _folder = Directory.CreateTempSubdirectory("autodev-mcp-client-").FullName;
    readonly string _workspace = $"mcp-{Guid.NewGuid():N}"[..20];
    string _key = "";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_skill_that_was_learned_a_moment_ago_from_what_the_client_reported_is_announced_listed_called_and_counted()
    {
        await InstallAsync();
        await BeginAsync();
        for (var i = 0; i < Failures.Length; i++)
        {
            var report = new
            {
                task_description = "Format a customer's name as last name and initial", outcome = "failure", error_trace = "ValueError: another form is wanted", episode_id = $"e-{i}",
                input = new { name = Failures[i].Name }, expected_output = Failures[i].Wanted,
            };
            var said = JsonElement.Parse(Assert.Single(await ReportedTo.EndedWellAsync(Run("autodev_report_episode", JsonSerializer.Serialize(report)))));
            Assert.False(said.GetProperty("is_error").GetBoolean(), said.ToString());
        }

        var candidate = await system.CandidateAsync(_workspace, "validated");
        var skill = (await system.GetAsync($"api/memento/workspaces/{_workspace}/candidates/{candidate}")).GetProperty("skill_name").GetString()!;
        using var client = Run("--wait", skill, """{"name": "Katherine Johnson"}""");
        Assert.Equal($"no {skill} yet", await client.StandardOutput.ReadLineAsync(Cancellation));
        await system.ReviewAsync(_workspace, candidate, "approve", new { reason = "right" });

        var lines = await ReportedTo.EndedWellAsync(client);
        Assert.Equal("""{"is_error":false,"text":"Johnson, K.","result":"Johnson, K."}""", lines[^1]);
        var listed = (await ReportedTo.EndedWellAsync(Run())).Select(line => JsonElement.Parse(line)).ToList();
        var schema = listed.Single(tool => tool.GetProperty("name").GetString() == skill).GetProperty("input_schema");
        Assert.Equal("string", schema.GetProperty("properties").GetProperty("name").GetProperty("type").GetString());
        Assert.Equal("name", Assert.Single(schema.GetProperty("required").EnumerateArray()).GetString());

        var wrong = JsonElement.Parse(Assert.Single(await ReportedTo.EndedWellAsync(Run(skill, """{"name": 7}"""))));
        Assert.True(wrong.GetProperty("is_error").GetBoolean());
        var python = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(LiveSystem.Repository, "docs/clients/autodev_mcp.py"), skill, """{"name": "Alan Curtis Kay"}"""]);
        Assert.Equal("\"Kay, A.\"", Assert.Single(await ReportedTo.EndedWellAsync(Start(python))));
        await Eventually.IsTrueAsync("the executions in the Evolver's profile", async () =>
            (await system.ItemsAsync($"api/evolver/workspaces/{_workspace}/profiles")).Any(p => p.GetProperty("skill_name").GetString() == skill && p.GetProperty("count").GetInt32() == 2));
    }

    /// <summary>The client and its library, from npm's registry.</summary>
    async Task InstallAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(LiveSystem.Repository, "docs/clients/mcp"))) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        using var look = Npm("view", "@modelcontextprotocol/sdk", "version");
        await look.WaitForExitAsync(Cancellation);
        Assert.SkipUnless(look.ExitCode == 0, "npm's registry cannot be reached from here.");
        await ReportedTo.EndedWellAsync(Npm("ci", "--no-audit", "--no-fund", "--ignore-scripts"));
    }

    Process Npm(params string[] arguments) => Process.Start(new ProcessStartInfo("npm", arguments)
    {
        WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
    })!;

    /// <summary>A workspace that learns, with an agent and its key.</summary>
    async Task BeginAsync()
    {
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{_workspace}/settings", new Dictionary<string, object>(StringComparer.Ordinal) { ["auto_dev.enabled"] = true, ["max_skill_candidates_per_day"] = 20 });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}/agents/mailroom", new { });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{_workspace}/agents/mailroom/maturity", new { maturity = "INTERN", reason = "test" });
        var issued = await system.Api.PostAsJsonAsync($"api/governance/workspaces/{_workspace}/api-keys", new { name = "mailroom", role = "agent" }, Cancellation);
        _key = (await issued.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("key").GetString()!;
        await Eventually.IsTrueAsync("the key to open the workspace's skills", async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"api/memento/workspaces/{_workspace}/skills");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
            return (await system.Api.SendAsync(request, Cancellation)).IsSuccessStatusCode;
        });
    }

    Process Run(params string[] arguments) => Start(new("node", ["client.mjs", .. arguments]) { WorkingDirectory = _folder });

    Process Start(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["AUTODEV_URL"] = system.Api.BaseAddress!.ToString();
        start.Environment["AUTODEV_KEY"] = _key;
        start.Environment["AUTODEV_WORKSPACE"] = _workspace;
        return Process.Start(start)!;
    }
}
