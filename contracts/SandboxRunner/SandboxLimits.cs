using System.Text.Json.Serialization;

namespace AutoDev.Contracts.SandboxRunner;

/// <summary>
/// Limits of one run. A value that is not set takes the runner's setting. A limit that is not one of these makes the request invalid: a runner that passed over
/// it would run without it.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SandboxLimits
{
    /// <summary>Wall time for all inputs together, in seconds. Default 60.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Memory of the container in MiB, swap included. Default 256.</summary>
    public int? MemoryMb { get; init; }

    /// <summary>Processors. Default 1.</summary>
    public double? Cpus { get; init; }

    /// <summary>Processes and threads. Default 64.</summary>
    public int? Pids { get; init; }

    /// <summary>Bytes of standard output and of standard error that are kept for each call. Default 64 KiB. A result comes back whole or, above 1 MiB, not at all (<c>output_too_large</c>).</summary>
    public int? OutputBytes { get; init; }
}
