using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Queue;
using AutoDev.SandboxRunner.Runs;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Engines and instances that go away in the middle of a run.</summary>
public sealed class TroubleTests(SandboxRunnerOnALine service) : IClassFixture<SandboxRunnerOnALine>
{
    const string Slow = "import random, time\ndef f(seconds):\n    time.sleep(seconds)\n    return random.random()";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    RequestQueue Queue => service.Services.GetRequiredService<RequestQueue>();

    [Fact]
    public async Task An_engine_that_goes_away_in_mid_run_and_comes_back_loses_no_request_and_answers_each_once()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var running = ServiceTests.Request(Slow, """{"seconds":4}""");
        var waiting = ServiceTests.Request("def f(): return 1", "{}");
        await service.PublishAsync(running);
        await Eventually.IsTrueAsync("the run", () => Is("running", running));
        await service.PublishAsync(waiting);

        await service.Line.CutAsync();
        await Eventually.IsTrueAsync("the run to wait again", () => Is("queued", running));
        await Eventually.IsTrueAsync("the other to wait", () => Is("queued", waiting));
        service.Line.Restore();

        foreach (var request in new[] { running, waiting })
            Assert.Equal("completed", (await completed.WaitAsync(c => c.RunId == request.RunId)).Status);
        Assert.All(new[] { running, waiting }, request => Assert.Single(completed.Messages, c => c.RunId == request.RunId));
        Assert.Equal((0, 0), (await Queue.CountAsync(Cancellation)) is var (waits, runs, _) ? (waits, runs) : default);
    }

    [Fact]
    public async Task What_a_killed_instance_was_running_is_run_by_another_and_answered_once()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var log = Path.GetTempFileName();
        await using var other = new ServiceProcess("sandboxrunner", FreePort.Find(), log, new Dictionary<string, string>(service.Installation.Settings, StringComparer.Ordinal)
        {
            ["Sandbox:Concurrency"] = "1", ["Sandbox:WarmContainers"] = "1",
        });
        other.Start();
        await other.ReadyAsync();

        // One slot each: each instance runs one of them.
        RunInSandbox[] requests = [ServiceTests.Request(Slow, """{"seconds":6}"""), ServiceTests.Request(Slow, """{"seconds":6}""")];
        foreach (var request in requests) await service.PublishAsync(request);
        await Eventually.IsTrueAsync("both to run", async () => await Is("running", requests[0]) && await Is("running", requests[1]));
        await other.KillAsync();
        File.Delete(log);

        foreach (var request in requests)
        {
            Assert.Equal("completed", (await completed.WaitAsync(c => c.RunId == request.RunId)).Status);
            await service.PublishAsync(request);
            await Eventually.IsTrueAsync("the stored answer", () => Task.FromResult(completed.Messages.Count(c => c.RunId == request.RunId) >= 2));
            Assert.Single(completed.Messages.Where(c => c.RunId == request.RunId).Select(c => c.Results[0].ValueJson).Distinct());
        }
    }

    [Fact]
    public async Task A_run_with_which_three_instances_ended_is_not_tried_on_a_fourth()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = ServiceTests.Request("def f(): return 1", "{}");
        await service.InStoreAsync("acme", async session =>
        {
            Queue.Enqueue(session, RunKind.Queued(request, conversation: null));
            session.QueueSqlCommand($"update public.{QueueTable.Name} set losses = 3 where id = ?", request.RunId);
            await session.SaveChangesAsync(Cancellation);
            return true;
        });

        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);
        Assert.Equal("sandbox_unavailable", answer.Status);
        Assert.StartsWith("3 instances of the service came to an end", answer.Reason);
    }

    async Task<bool> Is(string status, RunInSandbox request) =>
        await Queue.FindAsync(RunKind.Key("acme", request.RunId), Cancellation) is { } pending && pending.Status == status;
}

public sealed class SandboxRunnerOnALine : SandboxRunnerFixture
{
    internal EngineLine Line { get; } = new();

    public override async ValueTask InitializeAsync()
    {
        Line.Restore();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Line.DisposeAsync();
    }

    protected override void Configure(IWebHostBuilder host)
    {
        base.Configure(host);
        host.UseSetting("Sandbox:Endpoint", Line.Endpoint);
        host.UseSetting("Sandbox:Concurrency", "1");
        host.UseSetting("Sandbox:UnavailablePauseSeconds", "0.1");

        // The cut is to hit the run, not a container in the making, of which nobody would know until the sweep.
        host.UseSetting("Sandbox:WarmContainers", "0");
    }
}
