using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AutoDev.Sandbox.Bench;

/// <summary>The engine with its pool, put together and used as the service does.</summary>
sealed class EngineClient : IAsyncDisposable
{
    readonly IHost _host;
    readonly ISandboxEngine _engine;

    EngineClient(IHost host)
    {
        _host = host;
        _engine = host.Services.GetRequiredService<ISandboxEngine>();
        Options = host.Services.GetRequiredService<IOptions<SandboxOptions>>().Value;
        Limits = RunLimits.Of(null, Options);
    }

    public SandboxOptions Options { get; }

    public RunLimits Limits { get; }

    public static async Task<EngineClient> StartAsync() => new(await SandboxHost.StartAsync());

    public async Task CallAsync(string workspace, int n, int inputs = 1)
    {
        var job = new SandboxJob(
            Guid.CreateVersion7(), workspace, Workload.Source, Workload.Function, [.. Enumerable.Range(n, inputs).Select(Workload.Input)], Limits);
        var outcome = await _engine.RunAsync(job, progress: null, CancellationToken.None);
        for (var i = 0; i < inputs; i++)
            Workload.Check(i < outcome.Calls.Count ? Verdict.Of(outcome.Calls[i], Limits).ValueJson : outcome.Lost, n + i, "the engine");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
