using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using AutoDev.Testing;
using Docker.DotNet.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>What is asked of the engine, and what happens when it does not do it.</summary>
public sealed class EngineTests(Sandbox sandbox)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_container_is_asked_for_with_every_limit()
    {
        var asked = HardenedContainer.Describe(new SandboxOptions(), RunLimits.Of(null, new SandboxOptions()).Container, 200_017, "me", DateTimeOffset.UnixEpoch);
        var host = asked.HostConfig!;

        Assert.Equal((256L << 20, 256L << 20, 1_000_000_000L, 64L), (host.Memory, host.MemorySwap, host.NanoCPUs, host.PidsLimit));
        Assert.Equal(("none", "none", "none"), (host.NetworkMode, host.IpcMode, host.LogConfig?.Type));
        Assert.True(host.ReadonlyRootfs && host.AutoRemove && asked.NetworkDisabled == true);
        Assert.False(host.Privileged);
        Assert.Equal(["ALL"], host.CapDrop);
        Assert.Equal("rw,noexec,nosuid,nodev,size=16m,nr_inodes=1024,mode=1777", host.Tmpfs!["/tmp"]);
        Assert.Contains("no-new-privileges", host.SecurityOpt);
        Assert.Contains(host.SecurityOpt, o => o.StartsWith("seccomp={", StringComparison.Ordinal) && o.Contains("SCMP_ACT_ERRNO", StringComparison.Ordinal));
        Assert.Equal(("200017:200017", "autodev-sandbox-200017"), (asked.User, asked.Name));
        Assert.Null(host.Binds);
        Assert.Null(host.Mounts);
    }

    [Fact]
    public void A_run_may_ask_for_other_limits_up_to_the_ceilings()
    {
        var options = new SandboxOptions();
        Assert.Equal(new RunLimits(60, 256, 1, 64, 65536), RunLimits.Of(null, options));
        Assert.Equal(new RunLimits(5, 64, 0.5, 16, 100),
            RunLimits.Of(new() { TimeoutSeconds = 5, MemoryMb = 64, Cpus = 0.5, Pids = 16, OutputBytes = 100 }, options));
        Assert.Equal(
            new RunLimits(options.MaxTimeoutSeconds, options.MaxMemoryMb, options.MaxCpus, options.MaxPids, options.MaxOutputBytes),
            RunLimits.Of(new() { TimeoutSeconds = 1e9, MemoryMb = int.MaxValue, Cpus = 1e9, Pids = int.MaxValue, OutputBytes = int.MaxValue }, options));
    }

    /// <summary>Readiness is asked for every few seconds; on a busy machine the proof of the limits takes longer than whoever asks will wait.</summary>
    [Fact]
    public async Task Those_who_ask_and_do_not_wait_for_the_answer_do_not_end_the_question()
    {
        using var engine = sandbox.EngineWith(Sandbox.Settings());
        await Eventually.IsTrueAsync("the engine's limits to be proven", async () =>
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            try
            {
                await engine.CheckAsync(impatient.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });
    }

    [Theory]
    [InlineData(0, 256, 1, 64, 0, "The timeout must be above 0 seconds")]
    [InlineData(double.NaN, 256, 1, 64, 0, "The timeout must be above 0 seconds")]
    [InlineData(1, 31, 1, 64, 0, "The memory must be at least 32 MiB")]
    [InlineData(1, 256, 0, 64, 0, "The processors must be at least 0.05")]
    [InlineData(1, 256, 1, 7, 0, "The processes must be at least 8")]
    [InlineData(1, 256, 1, 64, -1, "The output cannot be less than 0 bytes")]
    public void Limits_that_nothing_can_run_in_are_refused(double seconds, int memory, double cpus, int pids, int output, string problem) =>
        Assert.Equal(problem, RunRequest.Problem(ServiceTests.Request("", "{}"), new RunLimits(seconds, memory, cpus, pids, output)));

    [Fact]
    public void Sources_and_inputs_have_a_size()
    {
        var limits = RunLimits.Of(null, new SandboxOptions());
        Assert.Null(RunRequest.Problem(ServiceTests.Request(new string('#', 256 << 10)), limits));
        Assert.Equal("The source is larger than 256 KiB", RunRequest.Problem(ServiceTests.Request(new string('#', (256 << 10) + 1)), limits));
        Assert.Equal("There are 1001 inputs; 1000 are the most", RunRequest.Problem(ServiceTests.Request("", [.. Enumerable.Repeat("{}", 1001)]), limits));
    }

    [Fact]
    public async Task Limits_can_be_as_small_as_they_say() =>
        Assert.Equal("ok", (await sandbox.Call("def f(): return 1", new() { MemoryMb = RunLimits.LeastMemoryMb, Pids = RunLimits.LeastPids })).Ended);

    [Fact]
    public void An_engine_that_holds_no_limits_is_not_used()
    {
        var options = new SandboxOptions();
        SystemInfoResponse Engine() => new() { MemoryLimit = true, PidsLimit = true, CPUCfsQuota = true, SecurityOptions = ["name=seccomp,profile=default"] };
        string? With(Action<SystemInfoResponse> change)
        {
            var info = Engine();
            change(info);
            return EngineCheck.WhatItDoesNotHold(info, options);
        }

        Assert.Null(With(_ => { }));
        Assert.Equal("The Docker engine cannot limit memory", With(i => i.MemoryLimit = false));
        Assert.Equal("The Docker engine cannot limit processes", With(i => i.PidsLimit = false));
        Assert.Equal("The Docker engine cannot limit processors", With(i => i.CPUCfsQuota = false));
        Assert.Equal("The Docker engine cannot filter system calls (seccomp)", With(i => i.SecurityOptions = []));
    }

    [Fact]
    public async Task Without_the_image_nothing_runs_and_the_service_is_not_ready()
    {
        var settings = Sandbox.Settings();
        settings.Image = "autodev-no-such-image:1";
        var engine = sandbox.EngineWith(settings);

        var e = await Assert.ThrowsAsync<SandboxUnavailableException>(() => engine.RunAsync(Sandbox.Job("def f(): pass", "{}"), null, Cancellation));
        Assert.Contains("deploy/sandbox/build autodev-no-such-image:1", e.Message);
        var health = await new EngineHealth(engine).CheckHealthAsync(new HealthCheckContext(), Cancellation);
        Assert.Equal((HealthStatus.Unhealthy, e.Message), (health.Status, health.Description));
        Assert.Equal(HealthStatus.Healthy, (await new EngineHealth(sandbox.Engine).CheckHealthAsync(new HealthCheckContext(), Cancellation)).Status);
    }

    [Fact]
    public async Task A_runtime_that_the_engine_does_not_have_is_not_replaced_by_another()
    {
        var settings = Sandbox.Settings();
        settings.Runtime = "no-such-runtime";
        var engine = sandbox.EngineWith(settings);

        var e = await Assert.ThrowsAsync<SandboxUnavailableException>(() => engine.RunAsync(Sandbox.Job("def f(): pass", "{}"), null, Cancellation));
        Assert.Equal("The Docker engine has no runtime no-such-runtime", e.Message);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_at_once()
    {
        using var cancel = new CancellationTokenSource();
        var job = Sandbox.Job("def f():\n    while True: pass", "{}");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.Engine.RunAsync(job, new Once(cancel.Cancel), cancel.Token));
    }

    /// <summary>At the first report: the call has begun.</summary>
    sealed class Once(Action act) : IProgress<Report>
    {
        public void Report(Report value) => act();
    }

    [Fact]
    public async Task A_supervisor_that_does_not_end_is_ended_from_outside()
    {
        // A supervisor with more time than it is given patience stands for one that was taken over.
        var job = Sandbox.Job("def f():\n    while True: pass", "{}", "{}");
        await using var container = await SandboxContainer.StartAsync(
            sandbox.Docker, Sandbox.Settings(), job.Limits.Container, sandbox.Pool.Instance, DateTimeOffset.UtcNow.AddMinutes(1), NullLogger.Instance, Cancellation);
        container.Lease(job.WorkspaceId, Purpose.Run);
        var heard = new RunReports(job, null);
        var patient = Sandbox.Settings();
        patient.CallSeconds = 60;
        var loss = await container.AskAsync(SupervisorProtocol.Run(job, patient), heard.Hear, TimeSpan.FromSeconds(5), Cancellation);
        var outcome = heard.Outcome(loss?.Reason);

        Assert.Equal("the sandbox did not end in time", outcome.Lost);
        Assert.Empty(outcome.Calls);
        var answer = Verdict.Of(ServiceTests.Request(job.Source, "{}", "{}"), outcome, job.Limits, DateTimeOffset.UnixEpoch);
        Assert.Equal(["killed", "not_run"], answer.Results.Select(r => r.Ended));
    }

    [Fact]
    public async Task Containers_that_outlived_their_time_are_swept_and_others_are_not()
    {
        var old = await Create(DateTimeOffset.UtcNow.AddMinutes(-1));
        var young = await Create(DateTimeOffset.UtcNow.AddMinutes(1));
        using var sweeper = new OrphanSweeper(sandbox.Docker, Options.Create(Sandbox.Settings()), TimeProvider.System, NullLogger<OrphanSweeper>.Instance);

        await sweeper.SweepAsync(Cancellation);

        await Assert.ThrowsAsync<Docker.DotNet.DockerContainerNotFoundException>(() => sandbox.Docker.Containers.InspectContainerAsync(old, Cancellation));
        await sandbox.Docker.Containers.RemoveContainerAsync(young, new(), Cancellation);

        async Task<string> Create(DateTimeOffset expires)
        {
            var asked = HardenedContainer.Describe(
                Sandbox.Settings(), Sandbox.Job("").Limits.Container, 100_000_000 + Random.Shared.Next(1000), "tests", expires);
            return (await sandbox.Docker.Containers.CreateContainerAsync(asked, Cancellation)).ID;
        }
    }
}
