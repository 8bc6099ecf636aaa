using Docker.DotNet;
using Docker.DotNet.Models;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Whether an engine holds the limits: first what it says, then what it does.</summary>
static class EngineCheck
{
    static readonly ContainerLimits Tight = new(48, 1, 16);

    // gVisor's own kernel is a process with threads, which take their part.
    static readonly ContainerLimits TightWithRuntime = new(128, 1, 64);

    /// <summary>Attacks each limit; every line of its answer that is not the expected one is a limit that does not hold.</summary>
    const string Probe = """
        import ctypes, os, socket
        def f(what):
            if what == "memory":
                x = []
                while True: x.append(bytearray(1 << 20))
            if what == "processes":
                try:
                    for i in range(64):
                        if os.fork() == 0:
                            while True: os.read(os.pipe()[0], 1)
                    return "no limit"
                except OSError: return "held"
            if what == "network":
                try:
                    socket.socket()
                    return "open"
                except OSError: return "held"
            if what == "io_uring":
                libc = ctypes.CDLL(None, use_errno=True)
                return "held" if libc.syscall(425, 8, ctypes.create_string_buffer(256)) < 0 else "open"
            if what == "root":
                try:
                    open("/probe", "w")
                    return "written"
                except OSError: return "held"
        """;

    static readonly string[] Limits = ["processes", "network", "io_uring", "root", "memory"];

    /// <summary>In gVisor untrusted processes are none of the host's: gVisor itself is limited, which no answer from inside can show.</summary>
    static string[] LimitsWith(string? runtime) => runtime is { Length: > 0 } ? Limits[1..] : Limits;

    /// <summary>Those of the container in which <see cref="ProveAsync"/> looks.</summary>
    public static ContainerLimits LimitsOfProbe(SandboxOptions options) => options.Runtime is { Length: > 0 } ? TightWithRuntime : Tight;

    /// <summary>An engine without these controllers takes the limits and silently holds none of them.</summary>
    public static string? WhatItDoesNotHold(SystemInfoResponse info, SandboxOptions options)
    {
        if (!info.MemoryLimit) return "The Docker engine cannot limit memory";
        if (!info.PidsLimit) return "The Docker engine cannot limit processes";
        if (!info.CPUCfsQuota) return "The Docker engine cannot limit processors";
        if (info.SecurityOptions?.Any(o => o.StartsWith("name=seccomp", StringComparison.Ordinal)) != true)
            return "The Docker engine cannot filter system calls (seccomp)";
        if (options.Runtime is { Length: > 0 } runtime && info.Runtimes?.ContainsKey(runtime) != true) return $"The Docker engine has no runtime {runtime}";
        return null;
    }

    /// <summary>Runs into each limit in a container of its own.</summary>
    /// <exception cref="SandboxUnavailableException">One does not hold.</exception>
    public static async Task ProveAsync(
        IDockerClient docker, SandboxOptions options, string instance, TimeProvider clock, ILogger logger, CancellationToken cancellation)
    {
        var tight = LimitsOfProbe(options);
        var limits = new RunLimits(20, tight.MemoryMb, tight.Cpus, tight.Pids, 1024);
        var job = new SandboxJob(Guid.Empty, "", Probe, "f", [.. LimitsWith(options.Runtime).Select(l => $$"""{"what":"{{l}}"}""")], limits)
        {
            Analyse = false, Isolation = Isolation.Input,
        };
        await using var container = await SandboxContainer.StartAsync(
            docker, options, tight, instance, clock.GetUtcNow().AddSeconds(options.ContainerSeconds), logger, cancellation);
        container.Lease("", Purpose.Run);
        var heard = new RunReports(job, progress: null);
        var loss = await container.AskAsync(SupervisorProtocol.Run(job, options), heard.Hear, options.Patience(limits), cancellation);
        if (WhatWasNotHeld(heard.Outcome(loss?.Reason), options.Runtime) is { } gap) throw new SandboxUnavailableException(gap);
    }

    /// <summary>What of the probe's answers is wrong. gVisor shows no lack of memory: a process or the whole container ends, which holds it as well.</summary>
    internal static string? WhatWasNotHeld(SandboxOutcome outcome, string? runtime)
    {
        var limits = LimitsWith(runtime);
        for (var i = 0; i < limits.Length; i++)
        {
            var call = i < outcome.Calls.Count ? outcome.Calls[i] : null;
            var held = limits[i] == "memory"
                ? call?.Ended == "out_of_memory" || (runtime is { Length: > 0 } && (call is null ? outcome.Lost is not null : call.Ended == "died"))
                : call?.Answer is { Kind: Said.Ok } answer && answer.First.Span.SequenceEqual("\"held\""u8);
            if (!held) return $"The Docker engine does not hold the sandbox's limits: {limits[i]} ({call?.Ended ?? outcome.Lost})";
        }

        return null;
    }
}
