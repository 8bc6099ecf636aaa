using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>Skills that somebody brought, and an agent that uses them.</summary>
sealed class SkillsInUse(LiveSystem system)
{
    public const string Agent = "clerk";

    /// <summary>A skill that is slow for no reason.</summary>
    public const string NameCustomers = "name-customers";

    public const string NameCustomersExample =
        """[{"input": {"orders": [{"customer": 2}], "customers": [{"id": 2, "name": "Ada"}]}, "expected": ["Ada"]}]""";

    public const string NameCustomersSource =
        """"
        def name_customers(orders: list, customers: list) -> list:
            """Say the name of the customer of each order, or None where nobody knows them; raise TypeError for anything else than two lists of dicts."""
            for rows in (orders, customers):
                if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                    raise TypeError("orders and customers must be lists of dicts")
            names = []
            for order in orders:
                name = None
                for customer in customers:
                    if customer["id"] == order["customer"]:
                        name = customer["name"]
                        break
                names.append(name)
            return names
        """";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Arguments of <see cref="NameCustomers"/>.</summary>
    public static object Orders(int seed) => new
    {
        orders = Enumerable.Range(0, 250).Select(i => new { customer = (i * 7 + seed) % 320 }), customers = Enumerable.Range(0, 300).Select(i => new { id = i, name = $"c{i}" }),
    };

    /// <summary>A workspace that is on, with an agent that may have its skills improved.</summary>
    public async Task<string> WorkspaceAsync()
    {
        var workspace = $"evolve-{Guid.NewGuid():N}"[..20];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{Agent}", new { maturity = "SUPERVISED", reason = "test" });
        foreach (var path in new[] { "evolver/workspaces/{0}/profiles", "memento/workspaces/{0}/skills", "reflection/workspaces/{0}/patterns" })
        {
            await Eventually.IsTrueAsync("the workspace to be known", async () => (await system.Api.GetAsync(
                new Uri("api/" + path.Replace("{0}", workspace, StringComparison.Ordinal), UriKind.Relative), Cancellation)).IsSuccessStatusCode);
        }

        return workspace;
    }

    /// <summary>Brings a skill from elsewhere, and approves it.</summary>
    public async Task ImportAsync(string workspace, string name, string source, string examples)
    {
        await system.ReviewAsync(workspace, await BringAsync(workspace, name, source, examples), "approve", new { });
        await SkillAsync(workspace, name.Replace('-', '_'), "1.0.0");
    }

    /// <summary>Brings a skill from elsewhere.</summary>
    /// <returns>The candidate, which waits for a person.</returns>
    public async Task<string> BringAsync(string workspace, string name, string source, string examples)
    {
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in new[] { ("SKILL.md", $"---\nname: {name}\ndescription: For the office.\n---\n"), ("skill.py", source + "\n"), ("examples.json", examples) })
            {
                await using var entry = await zip.CreateEntry($"{name}/{path}").OpenAsync(Cancellation);
                await entry.WriteAsync(Encoding.UTF8.GetBytes(text), Cancellation);
            }
        }

        using var content = new ByteArrayContent(archive.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } };
        using var answer = await system.Api.PostAsync(new Uri($"api/memento/workspaces/{workspace}/skills/import", UriKind.Relative), content, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await system.CandidateAsync(workspace, "validated");
    }

    /// <summary>Reports executions as an agent does, and waits until the Evolver has counted them.</summary>
    public async Task UseAsync(
        string workspace, string skill, string version, int times, Func<int, double> seconds, Func<int, object> input, int tokens = 0, bool mayBeTakenBack = false,
        string? traceParent = null)
    {
        var run = Guid.NewGuid();
        for (var i = 0; i < times; i++)
        {
            await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/executions", new
            {
                execution_id = $"{run}-{i}", agent_id = Agent, skill_id = skill, skill_version = version, execution_seconds = seconds(i), token_usage = tokens, success = true,
                input = input(i),
            }, traceParent: traceParent);
        }

        if (mayBeTakenBack) return;
        await Eventually.HoldsAsync(() => system.GetAsync($"api/evolver/workspaces/{workspace}/profiles"), page =>
            Assert.Contains(page.GetProperty("items").EnumerateArray(), p => Text(p, "version") == version && p.GetProperty("count").GetInt32() >= times));
    }

    /// <summary>Waits until agents get this version.</summary>
    public Task<List<JsonElement>> SkillAsync(string workspace, string skill, string version) => Eventually.HoldsAsync(
        () => system.ItemsAsync($"api/memento/workspaces/{workspace}/skills"),
        skills => Assert.Contains(skills, s => Text(s, "name") == skill && Text(s, "current_version") == version));

    static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();
}
