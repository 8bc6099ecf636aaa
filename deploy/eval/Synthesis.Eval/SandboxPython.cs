using AutoDev.Sandbox.Bench;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AutoDev.Synthesis.Eval;

/// <summary>Runs in the product's sandbox.</summary>
sealed class SandboxPython(IHost host) : IPython, IAsyncDisposable
{
    readonly ISandboxEngine _engine = host.Services.GetRequiredService<ISandboxEngine>();
    readonly RunLimits _limits = RunLimits.Of(null, host.Services.GetRequiredService<IOptions<SandboxOptions>>().Value);

    public static async Task<SandboxPython> StartAsync() => new(await SandboxHost.StartAsync());

    public async Task<IReadOnlyList<string?>> RunAsync(string source, string function, IReadOnlyList<string> inputs)
    {
        var outcome = await _engine.RunAsync(new(Guid.CreateVersion7(), "eval", source, function, inputs, _limits) { Analyse = false }, null, CancellationToken.None);
        return [.. Enumerable.Range(0, inputs.Count).Select(i => i < outcome.Calls.Count ? Verdict.Of(outcome.Calls[i], _limits).ValueJson : null)];
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
