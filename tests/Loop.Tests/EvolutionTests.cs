using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>The second loop, from a slow execution to a better version, and back where that disappoints.</summary>
[Collection("live system")]
public sealed class EvolutionTests(LiveSystem system)
{
    const string Agent = "clerk";

    const string NameCustomers =
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

    const string WriteNotification =
        """"
        def write_notification(channel: str, alerts: list) -> str:
            """Write one message for a channel, with each alert once, where it came first; raise TypeError or ValueError where that makes no sense."""
            if not isinstance(channel, str) or not isinstance(alerts, list) or not all(isinstance(alert, str) for alert in alerts):
                raise TypeError("channel must be a text, and alerts a list of texts")
            if not channel:
                raise ValueError("channel must not be empty")
            message = "#" + channel
            for place, alert in enumerate(alerts):
                said = 0
                for before in range(place):
                    if alerts[before] == alert:
                        said += 1
                if said == 0:
                    message += "\n- " + alert
            return message
        """";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_skill_becomes_faster_and_a_version_that_is_slow_where_it_is_used_is_taken_back_by_itself()
    {
        var workspace = await WorkspaceAsync();
        await ImportAsync(workspace, "name-customers", NameCustomers, """[{"input": {"orders": [{"customer": 2}], "customers": [{"id": 2, "name": "Ada"}]}, "expected": ["Ada"]}]""");
        await UseAsync(workspace, "name_customers", "1.0.0", 12, i => 2 + i % 5 / 10.0, Orders);
        await UseAsync(workspace, "name_customers", "1.0.0", 1, _ => 7, i => Orders(i + 12));

        var mutation = await PassedAsync(workspace);
        Assert.Equal(("name_customers", "execution_time", "rewrite_rules", Agent), (
            Text(mutation, "skill_name"), Text(mutation, "reason"), Text(mutation, "mutator"), Text(mutation, "agent_id")));
        Assert.True(mutation.GetProperty("speedup_low").GetDouble() > 1.05);
        Assert.All(mutation.GetProperty("by_input").EnumerateArray(), i => Assert.Equal("same", Text(i, "verdict")));
        await ApproveAsync(workspace, mutation);
        await SkillAsync(workspace, "name_customers", "1.0.1");
        await StatusAsync(workspace, mutation, "promoted");

        await UseAsync(workspace, "name_customers", "1.0.1", 20, i => 4.5 + i % 5 / 10.0, Orders, mayBeTakenBack: true); // slow on purpose
        await SkillAsync(workspace, "name_customers", "1.0.0");
        var shown = await StatusAsync(workspace, mutation, "rolled_back");
        Assert.Equal("rolled_back", Text(shown.GetProperty("release"), "state"));
        Assert.Contains("It is slower: ", Text(shown.GetProperty("release"), "detail"), StringComparison.Ordinal);
        var history = await system.ItemsAsync($"api/memento/workspaces/{workspace}/skills/name_customers/history");
        Assert.Equal(("rolled_back", "1.0.0", "1.0.1", "system:evolver"), (
            Text(history[0], "kind"), Text(history[0], "version"), Text(history[0], "from_version"), Text(history[0], "by")));
        await Eventually.IsTrueAsync("the audit log to have it", async () => (await system.ItemsAsync($"api/governance/workspaces/{workspace}/audit"))
            .Any(e => Text(e, "action") == "skill_rolled_back" && Text(e, "actor") == "system:evolver"));
    }

    [Fact]
    public async Task What_a_model_gets_wrong_goes_nowhere_and_what_it_gets_right_becomes_the_next_version()
    {
        var right = WriteNotification[..WriteNotification.IndexOf("    for place", StringComparison.Ordinal)]
            + "    for alert in dict.fromkeys(alerts):\n        message += \"\\n- \" + alert\n    return message\n";
        await using var model = await StandInModel.StartAsync(
            "ollama", StandInModel.Says("I would use a set."), // no answer at all
            Writes(right.Replace("dict.fromkeys(alerts)", "alerts", StringComparison.Ordinal), "Says all of them."), // fast and wrong
            Writes(right, "Each alert is looked up in a dict."));
        var workspace = await WorkspaceAsync();
        await ImportAsync(workspace, "write-notification", WriteNotification, """[{"input": {"channel": "ops", "alerts": ["a", "b", "a"]}, "expected": "#ops\n- a\n- b"}]""");
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object>
        {
            ["model_provider"] = new { provider = model.Setting.Provider, model = model.Setting.Model, endpoint = model.Setting.Endpoint },
            ["max_model_spend_per_day"] = 7,
            ["model_prices"] = new Dictionary<string, object> { [StandInModel.Name] = new { input_per_million = 0, output_per_million = 0 } },
        });
        await Eventually.IsTrueAsync("the Evolver to know of the model", async () =>
            (await system.GetAsync($"api/evolver/workspaces/{workspace}/usage")).GetProperty("spend").GetProperty("cap").GetDecimal() == 7);

        // As the guide tells it: seven seconds and six thousand tokens.
        await UseAsync(workspace, "write_notification", "1.0.0", 6, _ => 2, Alerts);
        await UseAsync(workspace, "write_notification", "1.0.0", 1, _ => 7, i => Alerts(i + 6), tokens: 6000);
        var mutation = await PassedAsync(workspace);
        Assert.Contains("language_model", Text(mutation, "mutator"), StringComparison.Ordinal); // perhaps on top of what a rule did
        Assert.Equal("Each alert is looked up in a dict.", Text(mutation, "description"));
        var experiment = await system.GetAsync($"api/evolver/workspaces/{workspace}/experiments/{Text(mutation, "experiment_id")}");
        Assert.Contains(experiment.GetProperty("variants").EnumerateArray(), v => Text(v, "status") == "differs" && Text(v, "description") == "Says all of them.");
        Assert.Empty(model.Violations);

        await ApproveAsync(workspace, mutation);
        await SkillAsync(workspace, "write_notification", "1.0.1");
        var source = await system.Api.GetStringAsync(new Uri($"api/memento/workspaces/{workspace}/skills/write_notification/source?agent={Agent}", UriKind.Relative), Cancellation);
        Assert.Equal(right, source);
        var version = await system.GetAsync($"api/memento/workspaces/{workspace}/skills/write_notification/versions/1.0.1");
        Assert.Equal((Text(mutation, "id"), "1.0.0"), (Text(version, "mutation_id"), Text(version, "parent_version")));
    }

    static StandInModel.Answer Writes(string source, string description) =>
        StandInModel.Says(JsonSerializer.Serialize(new { source, edits = Array.Empty<object>(), description }));

    static object Orders(int seed) => new
    {
        orders = Enumerable.Range(0, 250).Select(i => new { customer = (i * 7 + seed) % 320 }), customers = Enumerable.Range(0, 300).Select(i => new { id = i, name = $"c{i}" }),
    };

    static object Alerts(int seed) => new { channel = "ops", alerts = Enumerable.Range(0, 600).Select(i => $"disk {(i * 37 + seed) % 400} is full") };

    async Task<string> WorkspaceAsync()
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
    async Task ImportAsync(string workspace, string name, string source, string examples)
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
        await system.ReviewAsync(workspace, await system.CandidateAsync(workspace, "validated"), "approve", new { });
        await SkillAsync(workspace, name.Replace('-', '_'), "1.0.0");
    }

    /// <summary>Reports executions as an agent does, and waits until the Evolver has counted them.</summary>
    async Task UseAsync(
        string workspace, string skill, string version, int times, Func<int, double> seconds, Func<int, object> input, int tokens = 0, bool mayBeTakenBack = false)
    {
        var run = Guid.NewGuid();
        for (var i = 0; i < times; i++)
        {
            await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/executions", new
            {
                execution_id = $"{run}-{i}", agent_id = Agent, skill_id = skill, skill_version = version, execution_seconds = seconds(i), token_usage = tokens, success = true,
                input = input(i),
            });
        }

        if (mayBeTakenBack) return;
        await Eventually.HoldsAsync(() => system.GetAsync($"api/evolver/workspaces/{workspace}/profiles"), page =>
            Assert.Contains(page.GetProperty("items").EnumerateArray(), p => Text(p, "version") == version && p.GetProperty("count").GetInt32() >= times));
    }

    /// <summary>The workspace's mutation, once it waits for review; where an experiment ended without one, it is told what was tried.</summary>
    async Task<JsonElement> PassedAsync(string workspace)
    {
        var id = await Eventually.GetAsync("a mutation that passed", async () =>
        {
            foreach (var ended in await system.ItemsAsync($"api/evolver/workspaces/{workspace}/experiments?status=ended"))
            {
                if (Text(ended, "outcome") != "improved")
                    Assert.Fail((await system.GetAsync($"api/evolver/workspaces/{workspace}/experiments/{Text(ended, "id")}")).GetRawText());
            }

            return (await system.ItemsAsync($"api/evolver/workspaces/{workspace}/mutations?status=passed")).Select(m => Text(m, "id")).FirstOrDefault();
        });
        return await system.GetAsync($"api/evolver/workspaces/{workspace}/mutations/{id}");
    }

    async Task ApproveAsync(string workspace, JsonElement mutation)
    {
        var path = $"api/evolver/workspaces/{workspace}/mutations/{Text(mutation, "id")}";
        using var seen = await system.Api.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        await system.SendAsync(HttpMethod.Post, $"{path}/approve", new { reason = "Faster." }, seen.Headers.ETag!.ToString());
    }

    Task<JsonElement> StatusAsync(string workspace, JsonElement mutation, string status) => Eventually.HoldsAsync(
        () => system.GetAsync($"api/evolver/workspaces/{workspace}/mutations/{Text(mutation, "id")}"), m => Assert.Equal(status, Text(m, "status")));

    /// <summary>Waits until agents get this version.</summary>
    Task<List<JsonElement>> SkillAsync(string workspace, string skill, string version) => Eventually.HoldsAsync(
        () => system.ItemsAsync($"api/memento/workspaces/{workspace}/skills"),
        skills => Assert.Contains(skills, s => Text(s, "name") == skill && Text(s, "current_version") == version));

    static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();
}
