using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Testing;
using RabbitMQ.Client;
using Xunit;
using YamlDotNet.Serialization;

namespace AutoDev.Loop.Tests.Seeing;

/// <summary>What the services answer at /metrics, and the dashboards, alerts and instructions that are made of it.</summary>
[Collection("live system")]
public sealed partial class FiguresTests(LiveSystem system)
{
    static readonly string Observability = Path.Combine(LiveSystem.Repository, "deploy/observability");

    // Of Prometheus itself, and of whoever scrapes.
    static readonly string[] Scraped = ["up"], OfTheScrape = ["service", "job", "le", "instance"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_dashboards_and_alerts_read_is_there_and_no_figure_names_a_tenant()
    {
        var (workspace, agent) = ($"figures-{Guid.NewGuid():N}"[..20], $"counter-{Guid.NewGuid():N}"[..20]);
        await PlayAsync(workspace, agent);

        var used = Expressions().SelectMany(e => MetricsIn(e)).Distinct(StringComparer.Ordinal).Except(Scraped, StringComparer.Ordinal).ToList();
        Assert.True(used.Count > 30, $"only {used.Count} figures were found in dashboards and rules");
        var answers = await Eventually.HoldsAsync(AnswersAsync, all =>
        {
            var there = all.SelectMany(a => a.Samples).Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
            Assert.Empty(used.Except(there, StringComparer.Ordinal));
        });

        var samples = answers.SelectMany(a => a.Samples).ToList();
        var labels = samples.SelectMany(s => s.Labels.Keys).Concat(OfTheScrape).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Expressions().SelectMany(LabelsIn).Where(label => !labels.Contains(label)).Distinct(StringComparer.Ordinal));

        string[] tenants = [workspace, agent, "clean_marker", (await system.CandidateAsync(workspace, "validated", "promoted"))[..8]];
        // target_info names the process.
        Assert.Empty(samples.Where(s => s.Name != "target_info" && s.Labels.Values.Any(value => tenants.Any(id => value.Contains(id, StringComparison.OrdinalIgnoreCase)) || AnyGuid().IsMatch(value)))
            .Select(s => $"{s.Name} {string.Join(' ', s.Labels.Values)}"));

        foreach (var (service, text, own) in answers.Select(a => (a.Service, a.Text, a.Samples.Select(s => s.Name).Where(n => n.StartsWith("autodev_", StringComparison.Ordinal)))))
        {
            foreach (var name in own.Select(n => Part().Replace(n, "")).Distinct(StringComparer.Ordinal))
                Assert.True(text.Contains($"# HELP {name} ", StringComparison.Ordinal) || text.Contains($"# HELP {name}_total ", StringComparison.Ordinal), $"{service}: {name} says not what it is");
        }
    }

    [Fact]
    public void Every_alert_says_what_it_is_about_and_has_its_instructions()
    {
        var page = File.ReadAllText(Path.Combine(LiveSystem.Repository, "docs/alerts.md"));
        var sections = Section().Matches(page).Select(m => m.Groups["alert"].Value).ToList();
        var alerts = Rules();
        Assert.Equal(alerts.Select(a => (string)a["alert"]), sections);
        foreach (var alert in alerts)
        {
            var notes = (Dictionary<object, object>)alert["annotations"];
            Assert.All(["summary", "description", "runbook_url"], note => Assert.False(string.IsNullOrWhiteSpace((string)notes[note]), $"{alert["alert"]} has no {note}"));
            Assert.Equal($"docs/alerts.md#{((string)alert["alert"]).ToLowerInvariant()}", notes["runbook_url"]);
            Assert.Contains((string)((Dictionary<object, object>)alert["labels"])["severity"], (string[])["critical", "warning", "info"]);
        }
    }

    /// <summary>Whatever is counted happens once: a refusal, a candidate and its runs, a model's answer, a message that is wrong and one that comes too early.</summary>
    async Task PlayAsync(string workspace, string agent)
    {
        await using var model = await StandInModel.StartAsync("ollama", StandInModel.Says("I do not know."));
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{agent}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object>
        {
            ["auto_dev.enabled"] = true, ["model_provider"] = new { provider = model.Setting.Provider, model = model.Setting.Model, endpoint = model.Setting.Endpoint },
            ["model_prices"] = new Dictionary<string, object> { [StandInModel.Name] = new { input_per_million = 0, output_per_million = 0 } },
        });
        await using var connection = await new ConnectionFactory { Uri = system.Broker }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancellation);
        async Task Say(string key, object report) => await channel.BasicPublishAsync(
            "autodev.ingest", key, mandatory: true, new BasicProperties { ContentType = "application/json" }, JsonSerializer.SerializeToUtf8Bytes(report), Cancellation);
        object Failure(string where, string id, string task, object input, string answer) => new
        {
            episode_id = $"{where}-{id}", workspace_id = where, agent_id = agent, outcome = "failure", task_description = task, input, expected_output = answer,
        };

        await Say("episode.failed", new { nothing = "of an episode" });
        await Say("episode.failed", Failure($"un{workspace}", "early", "Wait for a workspace", new { a = 1 }, "b"));
        foreach (var (text, i) in new[] { "red", "green", "dark blue", "grey" }.Select((text, i) => (text, i)))
            await Say("episode.failed", Failure(workspace, $"marker-{i}", "Clean marker", new { text }, text.ToUpperInvariant()));
        foreach (var (seed, answer) in new[] { ("qzx", "0.7731"), ("plm", "blue") })
            await Say("episode.failed", Failure(workspace, seed, "Predict the colour of noise", new { seed }, answer));
        await Eventually.IsTrueAsync("the student to be refused", async () => (await system.ItemsAsync($"api/governance/workspaces/{workspace}/refusals")).Count > 0);
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{agent}/maturity", new { maturity = "INTERN", reason = "test" });
        await system.CandidateAsync(workspace, "validated");
        await system.CandidateAsync(workspace, "generation_failed");
        await Say("skill.executed", new { execution_id = $"{workspace}-x", workspace_id = workspace, agent_id = agent, skill_id = "clean_marker", skill_version = "1.0.0", execution_seconds = 1, success = true });
    }

    async Task<List<(string Service, string Text, List<Sample> Samples)>> AnswersAsync()
    {
        var answers = new List<(string, string, List<Sample>)>();
        foreach (var service in ServiceProcess.Services)
        {
            var text = await system.MetricsAsync(service);
            answers.Add((service, text, [.. Line().Matches(text).Select(m => new Sample(
                m.Groups["name"].Value, Label().Matches(m.Groups["labels"].Value).ToDictionary(l => l.Groups["label"].Value, l => l.Groups["value"].Value, StringComparer.Ordinal)))]));
        }

        return answers;
    }

    /// <summary>Of every panel and every rule.</summary>
    static IEnumerable<string> Expressions()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Observability, "grafana"), "*.json"))
        {
            using var board = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in board.RootElement.GetProperty("panels").EnumerateArray())
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
                yield return target.GetProperty("expr").GetString()!;
        }

        foreach (var rule in Rules()) yield return (string)rule["expr"];
    }

    static List<Dictionary<object, object>> Rules()
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Dictionary<string, object>>>>(File.ReadAllText(Path.Combine(Observability, "prometheus/rules.yml")));
        return [.. ((List<object>)Assert.Single(file["groups"])["rules"]).Cast<Dictionary<object, object>>()];
    }

    /// <summary>Pure: what is neither a label, nor a duration, nor a function or word of the language.</summary>
    static IEnumerable<string> MetricsIn(string expression) =>
        Identifier().Matches(Aside().Replace(expression, " ")).Select(m => m.Value).Where(name => name is not ("and" or "or" or "unless" or "bool"));

    static IEnumerable<string> LabelsIn(string expression) => Matcher().Matches(expression).Select(m => m.Groups["label"].Value)
        .Concat(By().Matches(expression).SelectMany(m => m.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));

    sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? \S+""", RegexOptions.Multiline, 1000)]
    private static partial Regex Line();

    [GeneratedRegex("""(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\]|\\.)*)(?:")""", RegexOptions.None, 1000)]
    private static partial Regex Label();

    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without)\s*\([^)]*\)|"[^"]*"|\b\d[\d.e]*\b""", RegexOptions.None, 1000)]
    private static partial Regex Aside();

    [GeneratedRegex(@"\b[a-z_][a-z0-9_]*\b(?!\s*\()", RegexOptions.None, 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex("""[{,]\s*(?<label>[a-z_]+)\s*(?:=~|!~|!=|=)""", RegexOptions.None, 1000)]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|on)\s*\((?<labels>[^)]*)\)", RegexOptions.None, 1000)]
    private static partial Regex By();

    [GeneratedRegex("_(?:total|bucket|sum|count)$", RegexOptions.None, 1000)]
    private static partial Regex Part();

    [GeneratedRegex("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|[0-9a-f]{32}", RegexOptions.None, 1000)]
    private static partial Regex AnyGuid();

    [GeneratedRegex("^## (?<alert>.+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Section();
}
