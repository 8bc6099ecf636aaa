using AutoDev.Contracts.SandboxRunner;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>The engine is killed in the middle of a run, and comes back.</summary>
public sealed class EngineLossTests(SandboxRunnerWithCuttableEngine service) : IClassFixture<SandboxRunnerWithCuttableEngine>
{
    [Fact]
    public async Task An_engine_that_is_killed_in_mid_run_and_comes_back_loses_no_request()
    {
        var completed = await service.ListenAsync<SandboxRunCompleted>();
        var request = ServiceTests.Request("import time\ndef f(n):\n    time.sleep(2)\n    return n + 1", """{"n":1}""", """{"n":2}""");
        var running = service.Engine.SendsAsync("\"kind\": \"load\"");
        await service.PublishAsync(request);
        await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        service.Engine.Cut();
        await Eventually.IsTrueAsync("the service to say that it is not ready", async () => !await IsReady());
        Assert.DoesNotContain(completed.Messages, c => c.RunId == request.RunId);
        service.Engine.Restore();

        var answer = await completed.WaitAsync(c => c.RunId == request.RunId);
        Assert.Equal("completed", answer.Status);
        Assert.Equal(["2", "3"], answer.Results.Select(r => r.ValueJson));
        await Eventually.IsTrueAsync("the service to be ready", IsReady);
    }

    async Task<bool> IsReady() =>
        (await service.Admin.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
}

public sealed class SandboxRunnerWithCuttableEngine : ServiceFixture<Program>
{
    internal CuttableEngine Engine { get; } = new();

    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Sandbox:Image", Sandbox.Settings().Image);
        host.UseSetting("Sandbox:Endpoint", Engine.Endpoint);
        host.UseSetting("Sandbox:UnavailableRetries", "9");
        host.UseSetting("Sandbox:UnavailablePauseSeconds", "0.1");

        // The cut is to hit the run, not a container in the making, of which nobody would know until the sweep.
        host.UseSetting("Sandbox:WarmContainers", "0");
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
