using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Measurements;
using AutoDev.SandboxRunner.Runs;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>The whole service: broker, database and engine are the real ones.</summary>
public sealed class ServiceTests(SandboxRunnerFixture service) : IClassFixture<SandboxRunnerFixture>
{
    [Fact]
    public async Task A_request_is_run_answered_and_kept()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = Request("def f(n):\n    print('a\\x00b')\n    return n + 1", """{"n":1}""");

        await service.PublishAsync(request);
        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);

        Assert.Equal(("completed", "memento", request.SubjectId, "acme"), (answer.Status, answer.RequestedBy, answer.SubjectId, answer.WorkspaceId));
        Assert.Equal(("2", "a\uFFFDb\n"), (answer.Results[0].ValueJson, answer.Results[0].Stdout));
        var run = await Get($"/workspaces/acme/runs/{request.RunId}");
        Assert.Equal("2", run.GetProperty("answer").GetProperty("results")[0].GetProperty("value_json").GetString());
        var listed = await Get($"/workspaces/acme/runs?limit=1&status=completed&requested_by=memento&subject_id={request.SubjectId}");
        Assert.Equal(request.RunId, listed.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal(HttpStatusCode.NotFound, (await service.Admin.GetAsync(Uri($"/workspaces/other/runs/{request.RunId}"), Cancellation)).StatusCode);
        Assert.Empty((await Get("/workspaces/other/runs")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_request_that_asks_for_a_scan_is_answered_with_the_findings_too_and_another_without()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = Request("import os\ndef f(x):\n    return os.system('echo ' + x)", """{"x":"1"}""") with { Scan = true };
        var other = Request(request.Source, """{"x":"1"}""");

        await service.PublishAsync(request);
        await service.PublishAsync(other);

        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);
        var finding = Assert.Single(answer.SecurityFindings!, f => f.Severity == "high");
        Assert.Equal(("completed", "command-injection", 3, null), (answer.Status, finding.Rule, finding.Line, answer.SecurityScanFailed));
        Assert.Null((await completed.WaitAsync(c => c.RunId == other.RunId)).SecurityFindings);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_answer_and_runs_nothing()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = Request("import random\ndef f():\n    return random.random()", "{}");

        await service.PublishTwiceAsync(request);
        await completed.WaitAsync(c => c.RunId == request.RunId);
        await service.PublishAsync(request);
        await Eventually.IsTrueAsync("a second answer", () => Task.FromResult(Answers().Count > 1));

        Assert.Single(Answers().Select(a => a.Results[0].ValueJson).Distinct());
        Assert.Single(Answers().Select(a => a.CompletedAt).Distinct());

        List<SandboxRunCompleted> Answers() => [.. completed.Messages.Where(c => c.RunId == request.RunId)];
    }

    [Theory]
    [InlineData("f", "[1]", "Input 1 is not a JSON object: it is not a JSON object")]
    [InlineData("f", """{"a":1""", "Input 1 is not a JSON object: ")]
    [InlineData("f", """{"a":"\ud800"}""", "Input 1 is not a JSON object: a text in it has half a character")]
    [InlineData("f()", "{}", "The function's name is not a Python name")]
    public async Task A_request_that_cannot_run_is_answered_with_the_reason(string function, string input, string reason)
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = Request("def f(**a): return 1", input) with { FunctionName = function };

        await service.PublishAsync(request);

        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);
        Assert.Equal("invalid_request", answer.Status);
        Assert.StartsWith(reason, answer.Reason);
    }

    [Fact]
    public async Task A_request_without_a_workspace_goes_to_the_error_queue()
    {
        await service.PublishAsync(Request("def f(): return 1", "{}") with { WorkspaceId = "" });

        var reason = await Eventually.GetAsync(
            "the dead letter", async () => (await service.Installation.TakeDeadLetterAsync("sandboxrunner-run-in-sandbox"))?.Reason);
        Assert.Contains("needs a workspace", reason);
    }

    [Fact]
    public async Task A_limit_that_nobody_here_knows_is_not_passed_over()
    {
        var request = Request("def f(): return 1", "{}");
        var message = JsonSerializer.SerializeToNode(request, JsonSerializerOptions.Web)!;
        message["limits"] = new JsonObject { ["disk"] = 3 };
        var envelope = new JsonObject { ["messageType"] = new JsonArray("urn:message:AutoDev.Contracts.SandboxRunner:RunInSandbox"), ["message"] = message };
        await using var connection = await new ConnectionFactory { Uri = service.Installation.Broker }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);

        await channel.BasicPublishAsync(
            "AutoDev.Contracts.SandboxRunner:RunInSandbox", "", mandatory: true, new BasicProperties { ContentType = "application/vnd.masstransit+json" },
            Encoding.UTF8.GetBytes(envelope.ToJsonString()), Cancellation);

        var reason = await Eventually.GetAsync(
            "the dead letter", async () => (await service.Installation.TakeDeadLetterAsync("sandboxrunner-run-in-sandbox"))?.Reason);
        Assert.Contains("disk", reason, StringComparison.OrdinalIgnoreCase);
        Assert.Null(await service.InStoreAsync("acme", session => session.LoadAsync<SandboxRun>(request.RunId, Cancellation)));
    }

    [Fact]
    public async Task A_measurement_is_made_answered_and_answered_again_without_another()
    {
        var measured = await service.ListenAsync<SandboxMeasured>();
        var request = Measurement();

        await service.PublishTwiceAsync(request);
        var answer = await measured.WaitAsync(m => m.MeasurementId == request.MeasurementId);
        await service.PublishAsync(request);
        await Eventually.IsTrueAsync("a second answer", () => Task.FromResult(measured.Messages.Count(m => m.MeasurementId == request.MeasurementId) > 1));

        Assert.Equal(("completed", "evolver", request.SubjectId), (answer.Status, answer.RequestedBy, answer.SubjectId));
        Assert.True(answer.Rounds >= 3 && answer.Original!.CpuMs.Count == answer.Rounds, $"{answer.Rounds} rounds, {answer.Stopped}, {answer.Reason}");
        Assert.True(answer.Variants[0].Ratio is { Low: > 1 }, $"{answer.Variants[0].Ratio}");
        Assert.Equal("it did not load", answer.Variants[1].Failed);
        Assert.Single(measured.Messages.Where(m => m.MeasurementId == request.MeasurementId).Select(m => m.CompletedAt).Distinct());
    }

    [Fact]
    public async Task A_measurement_that_cannot_be_made_is_answered_with_the_reason()
    {
        var measured = await service.ListenAsync<SandboxMeasured>();
        var request = Measurement() with { Inputs = [] };

        await service.PublishAsync(request);

        var answer = await measured.WaitAsync(m => m.MeasurementId == request.MeasurementId);
        Assert.Equal(("invalid_request", "There must be at least one input"), (answer.Status, answer.Reason));
    }

    [Fact]
    public void A_measurement_has_bounds()
    {
        var limits = RunLimits.Of(null, new SandboxOptions());
        Assert.Null(MeasureInSandboxConsumer.Problem(Measurement(), limits));
        Assert.Equal("There must be 1 to 8 variants, not 0", MeasureInSandboxConsumer.Problem(Measurement() with { Variants = [] }, limits));
        var large = Measurement() with { Variants = [new string('#', (256 << 10) + 1)] };
        Assert.Equal("The source is larger than 256 KiB", MeasureInSandboxConsumer.Problem(large, limits));
        Assert.StartsWith("The budget", MeasureInSandboxConsumer.Problem(Measurement() with { BudgetSeconds = double.NaN }, limits));
        Assert.StartsWith("The target width", MeasureInSandboxConsumer.Problem(Measurement() with { TargetWidth = 0 }, limits));
        Assert.StartsWith("The confidence", MeasureInSandboxConsumer.Problem(Measurement() with { Confidence = 1 }, limits));
    }

    static MeasureInSandbox Measurement() => new()
    {
        MeasurementId = Guid.NewGuid(), WorkspaceId = "acme", RequestedBy = "evolver", SubjectId = Guid.NewGuid(), FunctionName = "f",
        Original = "def f(n):\n    total = 0\n    for i in range(n): total += i * i\n    return total",
        Variants = ["def f(n):\n    return n", "class Broken(Exception): pass\nraise Broken()\ndef f(n): return 1"],
        Inputs = ["""{"n":200000}"""], BudgetSeconds = 5, TargetWidth = 1,
    };

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static RunInSandbox Request(string source, params string[] inputs) => new()
    {
        RunId = Guid.NewGuid(), WorkspaceId = "acme", RequestedBy = "memento", SubjectId = Guid.NewGuid(), Source = source, FunctionName = "f", Inputs = inputs,
    };

    static Uri Uri(string path) => new(path, UriKind.Relative);

    Task<JsonElement> Get(string path) => service.Admin.GetFromJsonAsync<JsonElement>(Uri(path), Cancellation);
}

/// <summary>The service when the engine is away.</summary>
public sealed class OutageTests(SandboxRunnerWithoutEngine service) : IClassFixture<SandboxRunnerWithoutEngine>
{
    [Fact]
    public async Task Without_an_engine_the_request_waits_for_a_while_and_is_answered_that_nothing_ran()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = ServiceTests.Request("def f(): return 1", "{}");

        await service.PublishAsync(request);

        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);
        Assert.Equal("sandbox_unavailable", answer.Status);
        Assert.StartsWith("The Docker engine does not answer", answer.Reason);
        Assert.Empty(answer.Results);
        var run = await service.InStoreAsync("acme", session => session.LoadAsync<SandboxRun>(request.RunId, TestContext.Current.CancellationToken));
        Assert.True(run!.CompletedAt - run.QueuedAt >= SandboxRunnerWithoutEngine.Patience);
    }
}

public class SandboxRunnerFixture : ServiceFixture<Program>
{
    protected override void Configure(IWebHostBuilder host) => host.UseSetting("Sandbox:Image", Sandbox.Settings().Image);
}

public class SandboxRunnerWithoutEngine : ServiceFixture<Program>
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Sandbox:Endpoint", "unix:///nowhere/docker.sock");
        host.UseSetting("Sandbox:UnavailableSeconds", $"{Patience.TotalSeconds:0}");

        // It never becomes ready, which EngineTests holds; here it is to answer all the same.
        host.ConfigureTestServices(services => services.PostConfigure<HealthCheckServiceOptions>(health =>
            health.Registrations.Remove(health.Registrations.Single(r => r.Name == "sandbox"))));
    }
}
