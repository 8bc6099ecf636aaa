using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using RabbitMQ.Client;
using Xunit;

namespace AutoDev.Loop.Tests.Seeing;

/// <summary>One trace from what an agent reports to the published skill, as a collector gets it.</summary>
[Collection("live system")]
public sealed class TraceTests(LiveSystem system)
{
    const int Server = 2, Consumer = 5, Error = 2;

    static readonly (string Name, string Answer)[] Cases =
    [
        ("Ada Lovelace", "Lovelace, A."), ("Alan Turing", "Turing, A."), ("Grace Brewster Hopper", "Hopper, G."), ("Edsger Dijkstra", "Dijkstra, E."),
        ("Barbara Liskov", "Liskov, B."),
    ];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_trace_leads_from_an_agents_failure_to_the_published_skill_and_says_nothing_of_what_it_was_about()
    {
        foreach (var text in new[] { TestInstallation.AdminKey, "Lovelace", "Hopper, G.", "how our directory", "another form" }) system.Collector.MustNotCome(text);
        var workspace = $"trace-{Guid.NewGuid():N}"[..20];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true, ["failure_threshold"] = Cases.Length });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/clerk", new { maturity = "INTERN", reason = "test" });

        await Eventually.IsTrueAsync("Memento to know the workspace", async () =>
            (await system.Api.GetAsync(new Uri($"api/memento/workspaces/{workspace}/skills", UriKind.Relative), Cancellation)).IsSuccessStatusCode);

        // Four over HTTP and one over AMQP, which is the one that is too many; two spans of one trace of the agent's.
        var (trace, overHttp, overAmqp) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivitySpanId.CreateRandom());
        var episodes = Cases.Select((c, i) => new
        {
            episode_id = $"{workspace}-{i}", workspace_id = workspace, agent_id = "clerk", outcome = "failure", task_description = "Write a customer's name as how our directory has it",
            error_trace = "ValueError: the directory wants another form", input = new { name = c.Name }, expected_output = c.Answer,
        }).ToList();
        await Eventually.IsTrueAsync("the workspace to be known", async () => (await SendAsync($"api/reflection/workspaces/{workspace}/episodes", episodes[..^1], trace, overHttp)).IsSuccessStatusCode
            && (await system.ItemsAsync($"api/reflection/workspaces/{workspace}/episodes")).Count == Cases.Length - 1);
        await PublishAsync("episode.failed", episodes[^1], trace, overAmqp);

        var candidate = await system.CandidateAsync(workspace, "validated");
        var (operators, click) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        var address = $"api/memento/workspaces/{workspace}/candidates/{candidate}";
        using var seen = await system.Api.GetAsync(new Uri(address, UriKind.Relative), Cancellation);
        using var approved = await SendAsync($"{address}/approve", new { }, operators, click, seen.Headers.ETag!.ToString());
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync(Cancellation));

        // Somebody hears of the version: then the trace is whole.
        var spans = await Eventually.HoldsAsync(() => Task.FromResult(Of(trace)), all =>
        {
            Assert.Contains(all, s => s.Service == "evolver" && s.Name.Contains("follow-skill", StringComparison.Ordinal));
            string[] agents = [overHttp.ToHexString(), overAmqp.ToHexString()];
            Assert.Empty(all.Where(s => !agents.Contains(s.ParentId) && all.TrueForAll(p => p.Id != s.ParentId)).Select(s => $"{s.Service}: {s.Name} has no parent"));
        });

        // What the sandbox measured hangs on the run, the run on what was asked for, and so back to the agent's span.
        string[] steps = ["call", "execute in sandbox", "sandbox run", "memento-generate-skill", "memento-request-skill", "fire pattern", "process reflection-record-episode"];
        var path = PathTo(spans, spans.First(s => s.Name == "call"));
        Assert.Equal(overAmqp.ToHexString(), path[^1].ParentId);
        Assert.DoesNotContain(path, s => s.Status == Error);
        Assert.Equal(steps, path.Select(s => steps.FirstOrDefault(step => s.Name.Contains(step, StringComparison.Ordinal))).OfType<string>().Distinct(StringComparer.Ordinal));
        var run = spans.First(s => s.Name == "sandbox run");
        Assert.Equal(("sandboxrunner", Consumer, "completed"), (run.Service, run.Kind, run.Attributes["autodev.sandbox.status"]));
        foreach (var phase in new[] { "lease sandbox", "analyse", "load", "generate skill" }) Assert.Contains(spans, s => s.Name == phase);
        var received = spans.First(s => s.Name == "process reflection-record-episode");
        Assert.Equal(("rabbitmq", "reflection-record-episode", Consumer), (received.Attributes["messaging.system"], received.Attributes["messaging.destination.name"], received.Kind));

        // Over HTTP as well: through the Console's origin to Reflection.
        var recorded = PathTo(spans, spans.First(s => s.Service == "reflection" && s.Name == "record episode" && PathTo(spans, s)[^1].ParentId == overHttp.ToHexString()));
        Assert.Contains(recorded, s => s.Service == "console" && s.Kind == Server);
        Assert.Contains(recorded, s => s.Service == "reflection" && s.Kind == Server);

        // The decision is the person's request and the loop's: each links to the other, and what follows is the loop's.
        var decided = Assert.Single(spans, s => s.Name == "approve candidate");
        Assert.Contains(decided.Links, l => l.TraceId == operators.ToHexString());
        Assert.Contains(PathTo(spans, spans.First(s => s.Service == "evolver" && s.Name.Contains("follow-skill", StringComparison.Ordinal))), s => s.Id == decided.Id);
        await Eventually.HoldsAsync(() => Task.FromResult(Of(operators)), all => Assert.Contains(all, s => s.Links.Any(l => l.TraceId == trace.ToHexString())));

        await Eventually.IsTrueAsync("lines of the log with the trace", () => Task.FromResult(system.Collector.TracesOfLogs.Contains(trace.ToHexString())));
        Assert.Empty(system.Collector.Found);
    }

    /// <summary>The span and those above it, up to one whose parent is not among them.</summary>
    static List<ReceivedSpan> PathTo(List<ReceivedSpan> spans, ReceivedSpan span)
    {
        var path = new List<ReceivedSpan>();
        for (ReceivedSpan? above = span; above is not null; above = spans.Find(s => s.Id == path[^1].ParentId)) path.Add(above);
        return path;
    }

    List<ReceivedSpan> Of(ActivityTraceId trace) => [.. system.Collector.Spans.Where(s => s.TraceId == trace.ToHexString())];

    async Task<HttpResponseMessage> SendAsync(string path, object body, ActivityTraceId trace, ActivitySpanId span, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("traceparent", $"00-{trace}-{span}-01");
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await system.Api.SendAsync(request, Cancellation);
    }

    async Task PublishAsync(string key, object report, ActivityTraceId trace, ActivitySpanId span)
    {
        await using var connection = await new ConnectionFactory { Uri = system.Broker }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancellation);
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json", Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = $"00-{trace}-{span}-01" } };
        await channel.BasicPublishAsync("autodev.ingest", key, mandatory: true, properties, JsonSerializer.SerializeToUtf8Bytes(report), Cancellation);
    }
}
