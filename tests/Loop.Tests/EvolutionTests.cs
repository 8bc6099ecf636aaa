using System.Diagnostics;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>The second loop, from a slow execution to a better version, and back where that disappoints.</summary>
[Collection("live system")]
public sealed class EvolutionTests(LiveSystem system)
{
    readonly SkillsInUse _skills = new(system);

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
        var workspace = await _skills.WorkspaceAsync();
        await _skills.ImportAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        await _skills.UseAsync(workspace, "name_customers", "1.0.0", 12, i => 2 + i % 5 / 10.0, SkillsInUse.Orders);
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        await _skills.UseAsync(
            workspace, "name_customers", "1.0.0", 1, _ => 7, i => SkillsInUse.Orders(i + 12), traceParent: $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");

        var mutation = await PassedAsync(workspace);
        Assert.Equal(("name_customers", "execution_time", "rewrite_rules", SkillsInUse.Agent), (
            Text(mutation, "skill_name"), Text(mutation, "reason"), Text(mutation, "mutator"), Text(mutation, "agent_id")));
        Assert.True(mutation.GetProperty("speedup_low").GetDouble() > 1.05);
        Assert.All(mutation.GetProperty("by_input").EnumerateArray(), i => Assert.Equal("same", Text(i, "verdict")));
        await ApproveAsync(workspace, mutation);
        await _skills.SkillAsync(workspace, "name_customers", "1.0.1");
        await StatusAsync(workspace, mutation, "promoted");
        await Eventually.HoldsAsync(() =>
        {
            // The execution that was too slow, its experiment, the proof, the person's word and the version are one trace.
            var spans = system.Collector.Spans.Where(s => s.TraceId == trace).Select(s => (s.Service, s.Name)).ToHashSet();
            Assert.Superset(new HashSet<(string, string)>(
            [
                ("reflection", "record execution"), ("evolver", "evolver-profile-execution process"), ("sandboxrunner", "sandbox run"), ("sandboxrunner", "sandbox measurement"),
                ("sandboxrunner", "measure in sandbox"), ("evolver", "approve mutation"), ("memento", "memento-publish-mutation process"), ("evolver", "evolver-follow-publication process"),
            ]), spans);
            return Task.CompletedTask;
        });

        await _skills.UseAsync(workspace, "name_customers", "1.0.1", 20, i => 4.5 + i % 5 / 10.0, SkillsInUse.Orders, mayBeTakenBack: true); // slow on purpose
        await _skills.SkillAsync(workspace, "name_customers", "1.0.0");
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
        var workspace = await _skills.WorkspaceAsync();
        await _skills.ImportAsync(workspace, "write-notification", WriteNotification, """[{"input": {"channel": "ops", "alerts": ["a", "b", "a"]}, "expected": "#ops\n- a\n- b"}]""");
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object>
        {
            ["model_provider"] = new { provider = model.Setting.Provider, model = model.Setting.Model, endpoint = model.Setting.Endpoint },
            ["max_model_spend_per_day"] = 7,
            ["model_prices"] = new Dictionary<string, object> { [StandInModel.Name] = new { input_per_million = 0, output_per_million = 0 } },
        });
        await Eventually.IsTrueAsync("the Evolver to know of the model", async () =>
            (await system.GetAsync($"api/evolver/workspaces/{workspace}/usage")).GetProperty("spend").GetProperty("cap").GetDecimal() == 7);

        // As the guide tells it: seven seconds and six thousand tokens.
        await _skills.UseAsync(workspace, "write_notification", "1.0.0", 6, _ => 2, Alerts);
        await _skills.UseAsync(workspace, "write_notification", "1.0.0", 1, _ => 7, i => Alerts(i + 6), tokens: 6000);
        var mutation = await PassedAsync(workspace);
        Assert.Contains("language_model", Text(mutation, "mutator"), StringComparison.Ordinal); // perhaps on top of what a rule did
        Assert.Equal("Each alert is looked up in a dict.", Text(mutation, "description"));
        var experiment = await system.GetAsync($"api/evolver/workspaces/{workspace}/experiments/{Text(mutation, "experiment_id")}");
        Assert.Contains(experiment.GetProperty("variants").EnumerateArray(), v => Text(v, "status") == "differs" && Text(v, "description") == "Says all of them.");
        Assert.Empty(model.Violations);

        await ApproveAsync(workspace, mutation);
        await _skills.SkillAsync(workspace, "write_notification", "1.0.1");
        var source = await system.Api.GetStringAsync(new Uri($"api/memento/workspaces/{workspace}/skills/write_notification/source?agent={SkillsInUse.Agent}", UriKind.Relative), Cancellation);
        Assert.Equal(right, source);
        var version = await system.GetAsync($"api/memento/workspaces/{workspace}/skills/write_notification/versions/1.0.1");
        Assert.Equal((Text(mutation, "id"), "1.0.0"), (Text(version, "mutation_id"), Text(version, "parent_version")));
    }

    static StandInModel.Answer Writes(string source, string description) =>
        StandInModel.Says(JsonSerializer.Serialize(new { source, edits = Array.Empty<object>(), description }));

    static object Alerts(int seed) => new { channel = "ops", alerts = Enumerable.Range(0, 600).Select(i => $"disk {(i * 37 + seed) % 400} is full") };

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

    static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();
}
