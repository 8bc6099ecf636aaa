using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using Docker.DotNet;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

[assembly: AssemblyFixture(typeof(AutoDev.SandboxRunner.Tests.Sandbox))]

namespace AutoDev.SandboxRunner.Tests;

/// <summary>The real engine of DOCKER_HOST and the real image of Sandbox__Image. At the end no container may be left.</summary>
public sealed class Sandbox : IAsyncLifetime
{
    static readonly TimeSpan RemovalTakesAtMost = TimeSpan.FromMinutes(2);

    readonly List<SandboxPool> _pools = [];

    public Sandbox()
    {
        Docker = SandboxRunnerModule.Connect(Settings(), new ConfigurationBuilder().AddEnvironmentVariables().Build());
        (Engine, Pool) = PoolAndEngineWith(Settings());
    }

    internal static string Workspace { get; } = $"tests-{Guid.NewGuid():n}";

    internal IDockerClient Docker { get; }

    internal DockerEngine Engine { get; }

    internal SandboxPool Pool { get; }

    public async ValueTask InitializeAsync()
    {
        try
        {
            await Engine.CheckAsync(TestContext.Current.CancellationToken);
        }
        catch (SandboxUnavailableException e)
        {
            throw new InvalidOperationException(
                $"These tests need a Docker engine (DOCKER_HOST) and the sandbox image (Sandbox__Image, made by deploy/sandbox/build): {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools) await pool.DisposeAsync();
        var left = await ContainersLeftAfter(RemovalTakesAtMost);
        Docker.Dispose();
        if (left > 0) throw new InvalidOperationException($"{left} sandbox containers of these tests are still there");
    }

    internal static SandboxOptions Settings()
    {
        var options = new SandboxOptions { CallSeconds = 1, UnavailableSeconds = 0, StartSeconds = 60, GraceSeconds = 20 }; // a busy machine clears slowly
        if (Environment.GetEnvironmentVariable("Sandbox__Image") is { Length: > 0 } image) options.Image = image;
        return options;
    }

    internal DockerEngine EngineWith(SandboxOptions options) => PoolAndEngineWith(options).Engine;

    /// <summary>An engine and its own pool, which is emptied at the end.</summary>
    internal (DockerEngine Engine, SandboxPool Pool) PoolAndEngineWith(SandboxOptions options, IDockerClient? docker = null)
    {
        var pool = new SandboxPool(docker ?? Docker, Options.Create(options), TimeProvider.System, NullLogger<SandboxPool>.Instance);
        lock (_pools) _pools.Add(pool);
        return (new DockerEngine(docker ?? Docker, pool, Options.Create(options), TimeProvider.System, NullLogger<DockerEngine>.Instance), pool);
    }

    /// <summary>Runs as the service does and returns its answer.</summary>
    internal async Task<SandboxRunCompleted> Run(
        string source, string[]? inputs = null, SandboxLimits? limits = null, Isolation? isolation = null, ISandboxEngine? engine = null, string? workspace = null)
    {
        var request = new RunInSandbox
        {
            RunId = Guid.NewGuid(), WorkspaceId = workspace ?? Workspace, RequestedBy = "tests", SubjectId = Guid.NewGuid(), Source = source, FunctionName = "f",
            Inputs = inputs ?? ["{}"], Limits = limits,
        };
        var effective = RunLimits.Of(limits, Settings());
        Assert.Null(RunRequest.Problem(request, effective));
        var outcome = await (engine ?? Engine).RunAsync(JobOf(request, effective) with { Isolation = isolation }, null, TestContext.Current.CancellationToken);
        return Verdict.Of(request, outcome, effective, DateTimeOffset.UnixEpoch);
    }

    /// <summary>Runs a function of no arguments once.</summary>
    internal async Task<InputResult> Call(string source, SandboxLimits? limits = null)
    {
        var answer = await Run(source, limits: limits);
        Assert.Equal("completed", answer.Status);
        return Assert.Single(answer.Results);
    }

    internal static SandboxJob Job(string source, params string[] inputs) =>
        new(Guid.NewGuid(), Workspace, source, "f", inputs, RunLimits.Of(null, Settings()));

    /// <summary>Containers of this fixture's pools that are there after this time at most.</summary>
    async Task<int> ContainersLeftAfter(TimeSpan time)
    {
        var instances = _pools.Select(p => p.Instance).ToHashSet(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var waited = TimeSpan.Zero; ; waited += timer.Period)
        {
            var there = await Docker.Containers.ListContainersAsync(SandboxPool.ListOf(HardenedContainer.InstanceLabel, all: true));
            var left = there.Count(c => instances.Contains(c.Labels[HardenedContainer.InstanceLabel]));
            if (left == 0 || waited > time) return left;
            await timer.WaitForNextTickAsync();
        }
    }

    static SandboxJob JobOf(RunInSandbox request, RunLimits limits) =>
        new(request.RunId, request.WorkspaceId, request.Source, request.FunctionName, request.Inputs, limits);
}
