using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Evolver.Contests;
using AutoDev.Sandbox.Bench;
using AutoDev.SandboxRunner.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AutoDev.Rewrites.Eval;

/// <summary>The product's sandbox.</summary>
sealed class SandboxPython(IHost host) : IPython, IAsyncDisposable
{
    const string Folder = "/opt/sandbox";

    readonly ISandboxEngine _engine = host.Services.GetRequiredService<ISandboxEngine>();
    readonly RunLimits _limits = RunLimits.Of(
        new() { TimeoutSeconds = 240, MemoryMb = 1024 }, host.Services.GetRequiredService<IOptions<SandboxOptions>>().Value);

    public static async Task<SandboxPython> StartAsync() => new(await SandboxHost.StartAsync());

    public async Task<(JsonElement? Value, string? Failed)> CallAsync(string function, JsonObject arguments)
    {
        var job = new SandboxJob(Guid.CreateVersion7(), "eval", ContestSource.For(Folder), function, [arguments.ToJsonString()], _limits) { Analyse = false };
        var outcome = await _engine.RunAsync(job, null, CancellationToken.None);
        if (outcome.Calls is not [var call]) return (null, outcome.Lost ?? $"it did not load: {outcome.Load?.Ended}");
        var verdict = SandboxRunner.Runs.Verdict.Of(call, _limits);
        return verdict.ValueJson is { } json ? (JsonElement.Parse(json), null)
            : (null, $"{verdict.Ended}: {verdict.ExceptionType} {verdict.Message}\n{verdict.Traceback}");
    }

    public async Task<PairedTimes?> MeasureAsync(JsonNode row, JsonNode made, string variant, int seed)
    {
        var job = new MeasurementJob(
            Guid.CreateVersion7(), "eval", "call", ContestSource.Measured(Folder, row, made, null, seed),
            [ContestSource.Measured(Folder, row, made, variant, seed)], ["{}"], _limits)
        {
            Seed = seed, LeastRounds = 9, MostRounds = 21, BudgetSeconds = 60, TargetWidth = 0.15,
        };
        var measured = await _engine.MeasureAsync(job, CancellationToken.None);
        return measured.Variants[0].Times.Failed is null && measured.Rounds > 0 ? new(measured.Original.CpuMs, measured.Variants[0].Times.CpuMs) : null;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
