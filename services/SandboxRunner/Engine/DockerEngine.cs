using AutoDev.ServiceDefaults;
using Docker.DotNet;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Runs everything in leased containers of the pool.</summary>
sealed class DockerEngine(IDockerClient docker, SandboxPool pool, IOptions<SandboxOptions> options, TimeProvider clock, ILogger<DockerEngine> logger)
    : ISandboxEngine, IDisposable
{
    static readonly TimeSpan CheckHolds = TimeSpan.FromSeconds(30);
    static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(10);

    readonly SandboxOptions _options = options.Value;
    readonly Lock _oneCheck = new();
    readonly CancellationTokenSource _disposed = new();
    Task<Checked>? _checking;
    volatile Checked? _checked;
    volatile bool _proven;

    public Task<SandboxOutcome> RunAsync(SandboxJob job, IProgress<Report>? progress, CancellationToken cancellation)
    {
        var alone = (job.Isolation ?? _options.Isolation) == Isolation.Strict;
        var patience = _options.Patience(job.Limits);
        return LeasedAsync(job.WorkspaceId, Purpose.Run, job.Limits, alone, patience, RunOnceAsync, cancellation);

        async Task<(SandboxOutcome, Loss?)> RunOnceAsync(SandboxContainer container)
        {
            using var activity = Telemetry.Source.StartActivity("execute in sandbox");
            var heard = new RunReports(job, progress);
            var loss = await container.AskAsync(SupervisorProtocol.Run(job, _options), heard.Hear, patience, cancellation);
            return (heard.Outcome(loss?.Reason), loss);
        }
    }

    public Task<Measurement> MeasureAsync(MeasurementJob job, CancellationToken cancellation)
    {
        var rounds = new MeasurementRounds(job, _options, clock);
        return LeasedAsync(job.WorkspaceId, Purpose.Run, job.Limits, alone: false, rounds.LongestTime, MeasureOnceAsync, cancellation);

        async Task<(Measurement, Loss?)> MeasureOnceAsync(SandboxContainer container)
        {
            using var activity = Telemetry.Source.StartActivity("measure in sandbox");
            var (measured, loss) = await rounds.RunAsync(container, cancellation);
            activity?.SetTag("autodev.sandbox.rounds", measured.Rounds).SetTag("autodev.sandbox.stopped", measured.Stopped);
            return (measured, loss);
        }
    }

    public Task<ToolAnswer> AnalyseAsync(ToolJob job, CancellationToken cancellation)
    {
        var patience = TimeSpan.FromSeconds(job.Limits.TimeoutSeconds + _options.GraceSeconds);
        return LeasedAsync(job.WorkspaceId, Purpose.Analyse, job.Limits, alone: false, patience, AnalyseOnceAsync, cancellation);

        async Task<(ToolAnswer, Loss?)> AnalyseOnceAsync(SandboxContainer container)
        {
            using var activity = Telemetry.Source.StartActivity($"{job.Tool} in sandbox");
            Report? report = null;
            var loss = await container.AskAsync(SupervisorProtocol.Tool(job), heard => report = heard, patience, cancellation);
            return (AnalysisReport.Read(report, loss), loss);
        }
    }

    public Task CheckAsync(CancellationToken cancellation) => KnownAsync(cancellation);

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    /// <summary>
    /// Does something in a container that is leased to a workspace. Where the container was lost although the engine is there, it is done once more in
    /// another: an engine that was restarted takes every container along. What is lost twice was brought down by the code.
    /// </summary>
    async Task<T> LeasedAsync<T>(
        string workspace, Purpose purpose, RunLimits limits, bool alone, TimeSpan needed, Func<SandboxContainer, Task<(T Result, Loss? Loss)>> work,
        CancellationToken cancellation)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                var container = await LeaseAsync();
                var whole = false;
                T result;
                Loss? loss;
                try
                {
                    (result, loss) = await work(container);
                    whole = loss is null;
                }
                finally
                {
                    pool.Return(container, again: whole && !alone);
                }

                if (loss is null) return result;
                using var timeout = Deadline.After(CheckTimeout, cancellation);
                await docker.System.PingAsync(timeout.Token);
                if (again || !loss.InTime) return result;
                logger.LogInformation("A sandbox of {Workspace} was lost ({Reason}); once more", workspace, loss.Reason);
                await pool.PruneAsync(timeout.Token);
            }
            catch (Exception e) when (EngineTrouble.Is(e))
            {
                Forget();
                throw EngineTrouble.Explain(e, _options.Image);
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                Forget();
                throw new SandboxUnavailableException("The Docker engine does not answer", e);
            }

            async Task<SandboxContainer> LeaseAsync()
            {
                using var activity = Telemetry.Source.StartActivity("lease sandbox");
                var known = await KnownAsync(cancellation);
                var held = limits.Container with { Cpus = Math.Min(limits.Cpus, known.Processors) };
                return await pool.LeaseAsync(workspace, purpose, held, alone, needed + TimeSpan.FromSeconds(_options.GraceSeconds), cancellation);
            }
        }
    }

    /// <summary>
    /// What the engine said when it was last asked; asks when that was long ago. All who want to know wait for one answer, and none of them can end it: a probe
    /// that is asked for more often than its answer takes would else never be ready.
    /// </summary>
    Task<Checked> KnownAsync(CancellationToken cancellation)
    {
        lock (_oneCheck)
        {
            if (_checked is { } last && clock.GetElapsedTime(last.At) < CheckHolds) return Task.FromResult(last);
            if (_checking is not { IsCompleted: false }) _checking = Task.Run(AskAsync, CancellationToken.None);
            return _checking.WaitAsync(cancellation);
        }
    }

    /// <summary>Proves the limits too when this may be another engine.</summary>
    async Task<Checked> AskAsync()
    {
        try
        {
            using var timeout = Deadline.After(CheckTimeout, _disposed.Token);
            var info = await docker.System.GetSystemInfoAsync(timeout.Token);
            if (EngineCheck.WhatItDoesNotHold(info, _options) is { } gap) throw new SandboxUnavailableException(gap);
            await docker.Images.InspectImageAsync(_options.Image, timeout.Token);
            if (!_proven) await EngineCheck.ProveAsync(docker, _options, pool.Instance, clock, logger, _disposed.Token);
            _proven = true;
            return _checked = new Checked(clock.GetTimestamp(), Math.Max(1, info.NCPU));
        }
        catch (OperationCanceledException)
        {
            Forget();
            throw new SandboxUnavailableException("The Docker engine does not answer");
        }
        catch (Exception e) when (EngineTrouble.Is(e))
        {
            Forget();
            throw EngineTrouble.Explain(e, _options.Image);
        }
    }

    /// <summary>After trouble the engine may be another one.</summary>
    void Forget() => (_checked, _proven) = (null, false);

    sealed record Checked(long At, long Processors);
}
