using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using Docker.DotNet;
using Docker.DotNet.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

[assembly: AssemblyFixture(typeof(AutoDev.SandboxRunner.Tests.Sandbox))]

namespace AutoDev.SandboxRunner.Tests;

/// <summary>The real engine of DOCKER_HOST and the real image of Sandbox__Image. At the end no container may be left.</summary>
public sealed class Sandbox : IAsyncLifetime
{
    static readonly TimeSpan RemovalTakesAtMost = TimeSpan.FromSeconds(15);

    readonly string _workspace = $"tests-{Guid.NewGuid():n}";

    public Sandbox()
    {
        Docker = SandboxRunnerModule.Connect(Settings(), new ConfigurationBuilder().AddEnvironmentVariables().Build());
        Engine = EngineWith(Settings());
    }

    internal IDockerClient Docker { get; }

    internal ISandboxEngine Engine { get; }

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
        var left = await ContainersLeftAfter(RemovalTakesAtMost);
        Docker.Dispose();
        if (left > 0) throw new InvalidOperationException($"{left} sandbox containers of these tests are still there");
    }

    internal static SandboxOptions Settings()
    {
        var options = new SandboxOptions { CallSeconds = 1, UnavailableSeconds = 0, StartSeconds = 60 };
        if (Environment.GetEnvironmentVariable("Sandbox__Image") is { Length: > 0 } image) options.Image = image;
        return options;
    }

    internal DockerEngine EngineWith(SandboxOptions options) => new(Docker, Options.Create(options), TimeProvider.System, NullLogger<DockerEngine>.Instance);

    /// <summary>Runs as the service does and returns its answer.</summary>
    internal async Task<SandboxRunCompleted> Run(string source, string[]? inputs = null, SandboxLimits? limits = null)
    {
        var request = new RunInSandbox
        {
            RunId = Guid.NewGuid(), WorkspaceId = _workspace, RequestedBy = "tests", SubjectId = Guid.NewGuid(), Source = source, FunctionName = "f",
            Inputs = inputs ?? ["{}"], Limits = limits,
        };
        var effective = RunLimits.Of(limits, Settings());
        Assert.Null(RunRequest.Problem(request, effective));
        var outcome = await Engine.RunAsync(JobOf(request, effective), null, TestContext.Current.CancellationToken);
        return Verdict.Of(request, outcome, effective, DateTimeOffset.UnixEpoch);
    }

    /// <summary>Runs a function of no arguments once.</summary>
    internal async Task<InputResult> Call(string source, SandboxLimits? limits = null)
    {
        var answer = await Run(source, limits: limits);
        Assert.Equal("completed", answer.Status);
        return Assert.Single(answer.Results);
    }

    internal SandboxJob Job(string source, params string[] inputs) =>
        new(Guid.NewGuid(), _workspace, source, "f", inputs, RunLimits.Of(null, Settings()));

    internal async Task<int> ContainersLeftAfter(TimeSpan time)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var waited = TimeSpan.Zero; ; waited += timer.Period)
        {
            var left = await Docker.Containers.ListContainersAsync(new ContainersListParameters
            {
                All = true,
                Filters = new Dictionary<string, IDictionary<string, bool>>(StringComparer.Ordinal)
                {
                    ["label"] = new Dictionary<string, bool>(StringComparer.Ordinal) { [$"autodev.sandbox.workspace={_workspace}"] = true },
                },
            });
            if (left.Count == 0 || waited > time) return left.Count;
            await timer.WaitForNextTickAsync();
        }
    }

    static SandboxJob JobOf(RunInSandbox request, RunLimits limits) =>
        new(request.RunId, request.WorkspaceId, request.Source, request.FunctionName, request.Inputs, limits);
}
