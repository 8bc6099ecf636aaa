using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.Models;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>A fresh container for every run.</summary>
sealed class DockerEngine(IDockerClient docker, IOptions<SandboxOptions> options, TimeProvider clock, ILogger<DockerEngine> logger) : ISandboxEngine
{
    static readonly TimeSpan CheckHolds = TimeSpan.FromSeconds(30);
    static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(10);

    readonly SandboxOptions _options = options.Value;
    Checked? _checked;

    public async Task<SandboxOutcome> RunAsync(SandboxJob job, IProgress<Report>? progress, CancellationToken cancellation)
    {
        try
        {
            var known = _checked is { } last && clock.GetElapsedTime(last.At) < CheckHolds ? last : await Check(cancellation);
            var limits = job.Limits with { Cpus = Math.Min(job.Limits.Cpus, known.Processors) };
            var expires = clock.GetUtcNow() + _options.Lifetime(limits);
            await using var container = await SandboxContainer.StartAsync(docker, _options, limits, job.WorkspaceId, expires, logger, cancellation);
            var outcome = await container.RunAsync(job, progress, _options.Patience(limits), cancellation);

            // A supervisor that vanished was brought down by the code, or went down with the engine; only the engine can say which.
            if (outcome.Lost is not null) await docker.System.PingAsync(cancellation);
            return outcome;
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            _checked = null;
            throw new SandboxUnavailableException(Explain(e), e);
        }
    }

    public Task<Measurement> MeasureAsync(MeasurementJob job, CancellationToken cancellation) => throw new NotSupportedException("Comes with the pool");

    public Task<ToolAnswer> AnalyseAsync(ToolJob job, CancellationToken cancellation) => throw new NotSupportedException("Comes with the pool");

    public Task CheckAsync(CancellationToken cancellation) => Check(cancellation);

    async Task<Checked> Check(CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(CheckTimeout);
        try
        {
            var info = await docker.System.GetSystemInfoAsync(timeout.Token);
            if (WhatItDoesNotHold(info, _options) is { } gap) throw new SandboxUnavailableException(gap);
            await docker.Images.InspectImageAsync(_options.Image, timeout.Token);
            return _checked = new Checked(clock.GetTimestamp(), Math.Max(1, info.NCPU));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SandboxUnavailableException("The Docker engine does not answer");
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            throw new SandboxUnavailableException(Explain(e), e);
        }
    }

    /// <summary>An engine without these controllers takes the limits and silently holds none of them.</summary>
    internal static string? WhatItDoesNotHold(SystemInfoResponse info, SandboxOptions options)
    {
        if (!info.MemoryLimit) return "The Docker engine cannot limit memory";
        if (!info.PidsLimit) return "The Docker engine cannot limit processes";
        if (!info.CPUCfsQuota) return "The Docker engine cannot limit processors";
        if (info.SecurityOptions?.Any(o => o.StartsWith("name=seccomp", StringComparison.Ordinal)) != true)
            return "The Docker engine cannot filter system calls (seccomp)";
        if (options.Runtime is { Length: > 0 } runtime && info.Runtimes?.ContainsKey(runtime) != true) return $"The Docker engine has no runtime {runtime}";
        return null;
    }

    static bool IsEngineTrouble(Exception e) => e is DockerApiException or HttpRequestException or IOException or SocketException or TimeoutException;

    string Explain(Exception e) => e switch
    {
        DockerImageNotFoundException => $"The sandbox image {_options.Image} is missing: build it with deploy/sandbox/build {_options.Image}",
        DockerApiException api => $"The Docker engine refused: {(int)api.StatusCode} {api.ResponseBody}",
        _ => $"The Docker engine does not answer: {e.GetBaseException().Message}",
    };

    sealed record Checked(long At, long Processors);
}
