using System.ComponentModel.DataAnnotations;
using AutoDev.Contracts.SandboxRunner;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>
/// Settings of the sandbox, section <c>Sandbox</c>. Each limit has the value that a run gets when it asks for none, and a ceiling (<c>Max…</c>) to which
/// a run that asks for more is lowered.
/// </summary>
public sealed class SandboxOptions : IValidatableObject
{
    /// <summary>The Docker engine; where it is not set, <c>DOCKER_HOST</c> or the machine's own socket.</summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// A folder with <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>, as Docker's own clients have them: an engine at a <c>tcp://</c> address is then spoken to by
    /// TLS, shows a certificate of that authority for its name, and is shown this one. Where it is not set, <c>DOCKER_CERT_PATH</c>.
    /// </summary>
    public string? Certificates { get; set; }

    /// <summary>The image that <c>deploy/sandbox/build</c> made. It is never pulled.</summary>
    [Required]
    public string Image { get; set; } = "autodev-sandbox:latest";

    /// <summary>The engine's runtime, such as <c>runsc</c> for gVisor; where it is not set, the engine's default. Without it no run starts.</summary>
    public string? Runtime { get; set; }

    /// <summary>How much separates the calls of a run that does not say.</summary>
    [EnumDataType(typeof(Isolation))]
    public Isolation Isolation { get; set; } = Isolation.Request;

    /// <summary>Containers that are kept ready and have served nobody. Each takes about 20 MB of the host's memory.</summary>
    [Range(0, 256)]
    public int WarmContainers { get; set; } = 4;

    /// <summary>Containers made at once in the background; 0 means one less than this machine has processors, but at least one.</summary>
    [Range(0, 64)]
    public int RefillWorkers { get; set; }

    /// <summary>Live containers of this instance, whatever they do. Who needs one more takes an idle lease's place, or waits.</summary>
    [Range(1, 4096)]
    public int MaxContainers { get; set; } = 32;

    /// <summary>A lease on which no request came for this long ends, in seconds.</summary>
    [Range(0, 3600)]
    public double LeaseIdleSeconds { get; set; } = 30;

    /// <summary>A lease ends after this many requests.</summary>
    [Range(1, 1_000_000)]
    public int LeaseRequests { get; set; } = 200;

    /// <summary>Longest life of a container in seconds; after it anybody who sees the container may remove it.</summary>
    [Range(60, 86_400)]
    public double ContainerSeconds { get; set; } = 3600;

    /// <summary>Runs at once; 0 means one for each processor of this machine.</summary>
    [Range(0, 256)]
    public int Concurrency { get; set; }

    /// <summary>Wall time for loading and all calls of a run, in seconds.</summary>
    [Range(0.1, 3600)]
    public double TimeoutSeconds { get; set; } = 60;

    /// <summary>Ceiling of <see cref="TimeoutSeconds"/>.</summary>
    [Range(0.1, 3600)]
    public double MaxTimeoutSeconds { get; set; } = 300;

    /// <summary>
    /// A call may take its fair share of the time that is left, but never less than this many seconds. So one call that hangs does not take the others' time,
    /// and a run of one input has it all.
    /// </summary>
    [Range(0.1, 3600)]
    public double CallSeconds { get; set; } = 10;

    /// <summary>Wall time for reading the source's syntax tree, in seconds.</summary>
    [Range(0.1, 60)]
    public double AnalysisSeconds { get; set; } = 5;

    /// <summary>Memory of the container in MiB, swap included.</summary>
    [Range(RunLimits.LeastMemoryMb, 1 << 20)]
    public int MemoryMb { get; set; } = 256;

    /// <summary>Ceiling of <see cref="MemoryMb"/>.</summary>
    [Range(RunLimits.LeastMemoryMb, 1 << 20)]
    public int MaxMemoryMb { get; set; } = 1024;

    /// <summary>Processors. Never more than the engine has.</summary>
    [Range(0.05, 256)]
    public double Cpus { get; set; } = 1;

    /// <summary>Ceiling of <see cref="Cpus"/>.</summary>
    [Range(0.05, 256)]
    public double MaxCpus { get; set; } = 2;

    /// <summary>Processes and threads of the container, the supervisor included.</summary>
    [Range(RunLimits.LeastPids, 4096)]
    public int Pids { get; set; } = 64;

    /// <summary>Ceiling of <see cref="Pids"/>.</summary>
    [Range(RunLimits.LeastPids, 4096)]
    public int MaxPids { get; set; } = 256;

    /// <summary>Bytes of standard output and of standard error that are kept of each call.</summary>
    [Range(0, 1 << 20)]
    public int OutputBytes { get; set; } = 64 << 10;

    /// <summary>Ceiling of <see cref="OutputBytes"/>.</summary>
    [Range(0, 1 << 20)]
    public int MaxOutputBytes { get; set; } = 256 << 10;

    /// <summary>Bytes of one result's JSON; beyond it the call ends as <c>output_too_large</c>.</summary>
    [Range(1024, 4 << 20)]
    public int ResultBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of all results and outputs of a run together; what is called after they are used up ends as <c>output_too_large</c>.</summary>
    [Range(1024, 64 << 20)]
    public int AnswerBytes { get; set; } = 4 << 20;

    /// <summary>Size of <c>/tmp</c> in MiB. It counts as memory.</summary>
    [Range(1, 1024)]
    public int TmpMb { get; set; } = 16;

    /// <summary>Files in <c>/tmp</c>.</summary>
    [Range(16, 1 << 20)]
    public int TmpFiles { get; set; } = 1024;

    /// <summary>Every live container of an engine has a user id of its own, drawn from this one on …</summary>
    [Range(1000, int.MaxValue)]
    public int FirstUserId { get; set; } = 200_000;

    /// <summary>
    /// … and this many. The id is part of the container's name, which an engine gives once, so that instances that share an engine cannot share an id;
    /// across engines on one machine it is the number that keeps them apart.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int UserIds { get; set; } = 1_000_000_000;

    /// <summary>Time for a container to start and report ready, in seconds.</summary>
    [Range(1, 600)]
    public double StartSeconds { get; set; } = 30;

    /// <summary>Time beyond the run's own after which the container is removed, whatever its supervisor says, in seconds.</summary>
    [Range(0.1, 600)]
    public double GraceSeconds { get; set; } = 5;

    /// <summary>How long a request waits for an engine or an image that is not there, in seconds; then it is answered <c>sandbox_unavailable</c>.</summary>
    [Range(0, 86_400)]
    public double UnavailableSeconds { get; set; } = 60;

    /// <summary>Pause before a request that the engine refused is tried again, in seconds; each next pause is twice as long, up to 30.</summary>
    [Range(0.01, 60)]
    public double UnavailablePauseSeconds { get; set; } = 1;

    /// <summary>How often containers that nobody ended are looked for, in seconds.</summary>
    [Range(1, 3600)]
    public double SweepSeconds { get; set; } = 60;

    /// <summary>Runs at once.</summary>
    internal int Slots => Concurrency > 0 ? Concurrency : Environment.ProcessorCount;

    /// <summary>How long a supervisor may take for a run.</summary>
    internal TimeSpan Patience(RunLimits limits) => TimeSpan.FromSeconds(AnalysisSeconds + limits.TimeoutSeconds + GraceSeconds);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeoutSeconds > MaxTimeoutSeconds) yield return new("Sandbox:TimeoutSeconds is above its ceiling, Sandbox:MaxTimeoutSeconds");
        if (MemoryMb > MaxMemoryMb) yield return new("Sandbox:MemoryMb is above its ceiling, Sandbox:MaxMemoryMb");
        if (Cpus > MaxCpus) yield return new("Sandbox:Cpus is above its ceiling, Sandbox:MaxCpus");
        if (Pids > MaxPids) yield return new("Sandbox:Pids is above its ceiling, Sandbox:MaxPids");
        if (OutputBytes > MaxOutputBytes) yield return new("Sandbox:OutputBytes is above its ceiling, Sandbox:MaxOutputBytes");
        if (ContainerSeconds < 2 * (AnalysisSeconds + MaxTimeoutSeconds + GraceSeconds))
            yield return new("Sandbox:ContainerSeconds must be at least twice what the longest run may take");
        if ((long)FirstUserId + UserIds > int.MaxValue) yield return new("Sandbox:FirstUserId and Sandbox:UserIds reach beyond the largest user id");
    }
}

/// <summary>The limits of one run, after defaults and ceilings.</summary>
public sealed record RunLimits(double TimeoutSeconds, int MemoryMb, double Cpus, int Pids, int OutputBytes)
{
    /// <summary>Python and its supervisor need this much.</summary>
    public const int LeastMemoryMb = 32;

    /// <summary>The supervisor, a child and a thread or two of the container runtime.</summary>
    public const int LeastPids = 8;

    /// <summary>Those that the container holds; the others are the supervisor's.</summary>
    internal ContainerLimits Container => new(MemoryMb, Cpus, Pids);

    /// <summary>What a run that asks for these limits gets.</summary>
    public static RunLimits Of(SandboxLimits? asked, SandboxOptions options) => new(
        Math.Min(asked?.TimeoutSeconds ?? options.TimeoutSeconds, options.MaxTimeoutSeconds),
        Math.Min(asked?.MemoryMb ?? options.MemoryMb, options.MaxMemoryMb),
        Math.Min(asked?.Cpus ?? options.Cpus, options.MaxCpus),
        Math.Min(asked?.Pids ?? options.Pids, options.MaxPids),
        Math.Min(asked?.OutputBytes ?? options.OutputBytes, options.MaxOutputBytes));
}

/// <summary>The limits that the engine is asked to hold for a container.</summary>
sealed record ContainerLimits(int MemoryMb, double Cpus, int Pids)
{
    public long MemoryBytes => (long)MemoryMb << 20;

    public long NanoCpus => (long)Math.Round(Cpus * 1e9);
}
