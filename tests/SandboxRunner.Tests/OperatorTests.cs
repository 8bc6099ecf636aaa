using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Queue;
using AutoDev.Testing;
using AutoDev.SandboxRunner.Runs;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>What operators run and watch. One slot, so that a second run waits for the first.</summary>
public sealed class OperatorTests(SandboxRunnerWithOneSlot service) : IClassFixture<SandboxRunnerWithOneSlot>
{
    const string Slow = "import time\ndef f(seconds):\n    print('slept', seconds)\n    time.sleep(seconds)\n    return seconds";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_watched_from_its_place_in_the_queue_to_its_end()
    {
        var first = await Start("acme", Slow, """{"seconds":0.8}""");
        var second = await Start("acme", Slow, """{"seconds":0.2}""", """{"seconds":0.4}""", """{"wrong":1}""");

        var events = await Watch($"/workspaces/acme/runs/{second}/events");

        Assert.Equal("queued", events[0].Type);
        Assert.Equal(1, events.Last(e => e.Type == "queued").Data.GetProperty("position").GetInt32());
        Assert.Contains(events, e => e.Type == "running" && e.Data.GetProperty("inputs").GetInt32() == 3);
        var inputs = events.Where(e => e.Type == "input").Select(e => e.Data).ToList();
        Assert.Equal([0, 1, 2], inputs.Select(i => i.GetProperty("index").GetInt32()));
        Assert.Equal(["ok", "ok", "exception"], inputs.Select(i => i.GetProperty("result").GetProperty("ended").GetString()));
        Assert.Equal("slept 0.4\n", inputs[1].GetProperty("result").GetProperty("stdout").GetString());
        Assert.Equal(("ended", "completed"), (events[^1].Type, events[^1].Data.GetProperty("status").GetString()));
        Assert.Single(events, e => e.Type == "ended");

        // The results came while it ran, each for itself.
        Assert.True(events.FindIndex(e => e.Type == "input") < events.FindLastIndex(e => e.Type is "running" or "input"));
        Assert.Equal("completed", (await Get($"/workspaces/acme/runs/{first}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_result_is_told_before_the_run_has_ended()
    {
        var run = await Start("acme", Slow, """{"seconds":0}""", """{"seconds":60}""");

        await foreach (var item in Open($"/workspaces/acme/runs/{run}/events"))
        {
            if (item.Type != "input") continue;
            var running = await Get($"/workspaces/acme/runs/{run}");
            Assert.Equal(("running", 1), (running.GetProperty("status").GetString(), running.GetProperty("inputs_done").GetInt32()));
            break;
        }

        Assert.Equal(HttpStatusCode.NoContent, (await service.Admin.DeleteAsync(Uri($"/workspaces/acme/runs/{run}"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Who_joins_after_the_end_gets_every_result_and_the_end()
    {
        var run = await Start("acme", "def f(n): return n", """{"n":1}""", """{"n":2}""");
        await Ended("acme", run);

        var events = await Watch($"/workspaces/acme/runs/{run}/events");

        Assert.Equal(["input", "input", "ended"], events.Select(e => e.Type));
    }

    [Fact]
    public async Task A_run_is_cancelled_while_it_waits_or_runs_and_its_source_is_gone()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var running = await Start("acme", Slow, """{"seconds":60}""");
        var waiting = await Start("acme", Slow, """{"seconds":60}""");
        await Eventually.IsTrueAsync("the first to run", async () => await Status("acme", running) == "running");

        foreach (var run in new[] { waiting, running })
            Assert.Equal(HttpStatusCode.NoContent, (await service.Admin.DeleteAsync(Uri($"/workspaces/acme/runs/{run}"), Cancellation)).StatusCode);

        Assert.Equal(("cancelled", "cancelled"), (await Status("acme", waiting), await Status("acme", running)));
        var answer = await completed.WaitAsync(c => c.RunId == running);
        Assert.StartsWith("Cancelled by ", answer.Reason);
        Assert.Equal(HttpStatusCode.Conflict, (await service.Admin.DeleteAsync(Uri($"/workspaces/acme/runs/{running}"), Cancellation)).StatusCode);
        Assert.Null(await service.Services.GetRequiredService<RequestQueue>().FindAsync(RunKind.Key("acme", running), Cancellation));
        await Ended("acme", await Start("acme", "def f(): return 1", "{}")); // the slot is free again
    }

    [Fact]
    public async Task Another_services_run_is_not_cancelled()
    {
        var blocking = await Start("acme", Slow, """{"seconds":60}""");
        var request = ServiceTests.Request("def f(): return 1", "{}");
        await service.PublishAsync(request);
        await Eventually.IsTrueAsync("the request", async () => await Status("acme", request.RunId) == "queued");

        var refused = await service.Admin.DeleteAsync(Uri($"/workspaces/acme/runs/{request.RunId}"), Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        await service.Admin.DeleteAsync(Uri($"/workspaces/acme/runs/{blocking}"), Cancellation);
        await Ended("acme", request.RunId);
    }

    [Fact]
    public async Task The_same_idempotency_key_starts_one_run()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 2; i++)
        {
            using var post = Post("acme", """{"source":"def f(): return 1","function_name":"f","inputs":[{}]}""");
            post.Headers.Add("Idempotency-Key", "once");
            var response = await service.Admin.SendAsync(post, Cancellation);
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            ids.Add((await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run_id").GetGuid());
            await Ended("acme", ids[^1]);
        }

        Assert.Equal(ids[0], ids[1]);
    }

    [Theory]
    [InlineData("""{"function_name":"f","inputs":[{}]}""", "source must hold the Python source.")]
    [InlineData("""{"source":"def f(): pass","inputs":[{}]}""", "function_name must name the function to call.")]
    [InlineData("""{"source":"def f(): pass","function_name":"f","inputs":[]}""", "inputs must hold at least one object, the arguments by name.")]
    [InlineData("""{"source":"def f(): pass","function_name":"f","inputs":[1]}""", "Input 1 is not a JSON object: it is not a JSON object.")]
    [InlineData("""{"source":"def f(): pass","function_name":"f()","inputs":[{}]}""", "The function's name is not a Python name.")]
    [InlineData("""{"source":"def f(): pass","function_name":"f","inputs":[{}],"limits":{"memory_mb":1}}""", "The memory must be at least 32 MiB.")]
    [InlineData("""{"source":"def f(): pass","function_name":"f","inputs":[{}],"limits":{"network":1}}""", "network")]
    [InlineData("""{"source":"def f(): pass","function_name":"f","inputs":[{}],"isolaton":"strict"}""", "isolaton")]
    public async Task What_cannot_run_is_refused_in_words(string body, string detail)
    {
        using var post = Post("acme", body);
        var response = await service.Admin.SendAsync(post, Cancellation);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains(detail, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Limits_above_the_ceilings_are_lowered_to_them()
    {
        using var post = Post("acme", """
            {"source":"def f(): return 'x' * 10**9","function_name":"f","inputs":[{}],"limits":{"memory_mb":1000000,"cpus":1000,"timeout_seconds":1e9,"pids":100000}}
            """);
        var response = await service.Admin.SendAsync(post, Cancellation);
        var run = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run_id").GetGuid();

        var ended = await Ended("acme", run);

        Assert.NotEqual("ok", ended.GetProperty("answer").GetProperty("results")[0].GetProperty("ended").GetString());
    }

    [Fact]
    public async Task Another_workspaces_run_is_not_there()
    {
        var run = await Start("acme", "def f(): return 1", "{}");

        foreach (var path in new[] { $"/workspaces/other/runs/{run}", $"/workspaces/other/runs/{run}/events" })
            Assert.Equal(HttpStatusCode.NotFound, (await service.Admin.GetAsync(Uri(path), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Admin.DeleteAsync(Uri($"/workspaces/other/runs/{run}"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.ClientWithKey(null).GetAsync(Uri($"/workspaces/acme/runs/{run}"), Cancellation)).StatusCode);
        await Ended("acme", run);
    }

    [Fact]
    public async Task Source_and_inputs_are_not_in_the_log_and_not_kept()
    {
        var run = await Start("acme", "def f(secret):\n    raise ValueError('s0urce-marker')", """{"secret":"1nput-marker"}""");
        await Ended("acme", run);

        Assert.Contains(service.Log, line => line.Contains(run.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(service.Log, line => line.Contains("s0urce-marker", StringComparison.Ordinal) || line.Contains("1nput-marker", StringComparison.Ordinal));
        var kept = await service.InStoreAsync("acme", session => session.LoadAsync<SandboxRun>(run, Cancellation));
        Assert.DoesNotContain("1nput-marker", JsonSerializer.Serialize(kept));
    }

    async Task<Guid> Start(string workspace, string source, params string[] inputs)
    {
        using var post = Post(workspace, $$"""{"source":{{JsonSerializer.Serialize(source)}},"function_name":"f","inputs":[{{string.Join(',', inputs)}}]}""");
        var response = await service.Admin.SendAsync(post, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var run = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run_id").GetGuid();
        Assert.Equal($"/workspaces/{workspace}/runs/{run}", response.Headers.Location?.ToString());
        return run;
    }

    static HttpRequestMessage Post(string workspace, string body) =>
        new(HttpMethod.Post, Uri($"/workspaces/{workspace}/runs")) { Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json")) };

    async Task<List<(string Type, JsonElement Data)>> Watch(string path)
    {
        var events = new List<(string, JsonElement)>();
        await foreach (var item in Open(path)) events.Add(item);
        return events;
    }

    async IAsyncEnumerable<(string Type, JsonElement Data)> Open(string path)
    {
        using var response = await service.Admin.GetAsync(Uri(path), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        await foreach (var item in SseParser.Create(stream, (_, data) => JsonDocument.Parse(data.ToArray()).RootElement).EnumerateAsync(Cancellation))
            yield return (item.EventType, item.Data);
    }

    async Task<JsonElement> Ended(string workspace, Guid run)
    {
        await Eventually.IsTrueAsync("the run's end", async () => await Status(workspace, run) is not (null or "queued" or "running"));
        return await Get($"/workspaces/{workspace}/runs/{run}");
    }

    async Task<string?> Status(string workspace, Guid run)
    {
        var response = await service.Admin.GetAsync(Uri($"/workspaces/{workspace}/runs/{run}"), Cancellation);
        return response.IsSuccessStatusCode ? (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("status").GetString() : null;
    }

    Task<JsonElement> Get(string path) => service.Admin.GetFromJsonAsync<JsonElement>(Uri(path), Cancellation);

    static Uri Uri(string path) => new(path, UriKind.Relative);
}

/// <summary>One slot, and a log that is kept.</summary>
public sealed class SandboxRunnerWithOneSlot : SandboxRunnerFixture, ILoggerProvider, ILogger
{
    readonly ConcurrentQueue<string> _log = new();

    /// <summary>Everything from information on.</summary>
    public IReadOnlyCollection<string> Log => _log;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _log.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose() => GC.SuppressFinalize(this);

    protected override void Configure(IWebHostBuilder host)
    {
        base.Configure(host);
        host.UseSetting("Sandbox:Concurrency", "1");
        host.UseSetting("Logging:LogLevel:Default", "Information");
        host.UseSetting("Logging:Console:LogLevel:Default", "Error");
        host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(this));
    }
}
