using System.Globalization;
using Docker.DotNet.Models;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Everything that is asked of the engine for one container. The defaults of an engine are not safe: what is not set here is not held.</summary>
static class HardenedContainer
{
    /// <summary>Unix seconds after which anybody may remove the container.</summary>
    public const string ExpiresLabel = "autodev.sandbox.expires";

    /// <summary>The instance that made it.</summary>
    public const string InstanceLabel = "autodev.sandbox.instance";

    /// <summary>What every sandbox's name begins with.</summary>
    public const string NamePrefix = "autodev-sandbox-";

    static readonly string Seccomp = Embedded("seccomp.json");

    /// <summary>Names are unique in an engine: so is the user id that is part of one.</summary>
    public static string NameOf(int user) => string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{user}");

    /// <summary>Other limits for a container that there is.</summary>
    public static ContainerUpdateParameters Limit(ContainerLimits limits) =>
        new() { Memory = limits.MemoryBytes, MemorySwap = limits.MemoryBytes, NanoCPUs = limits.NanoCpus, PidsLimit = limits.Pids };

    public static CreateContainerParameters Describe(SandboxOptions options, ContainerLimits limits, int user, string instance, DateTimeOffset expires) => new()
    {
        Name = NameOf(user),
        Image = options.Image,

        // Kernel quotas for pipes, inotify and the like count by user id, across containers.
        User = string.Create(CultureInfo.InvariantCulture, $"{user}:{user}"),
        Hostname = "sandbox",
        NetworkDisabled = true,
        OpenStdin = true,
        StdinOnce = true,
        AttachStdin = true,
        AttachStdout = true,
        AttachStderr = true,
        Labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [InstanceLabel] = instance,
            [ExpiresLabel] = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        },
        HostConfig = new HostConfig
        {
            NetworkMode = "none",
            Memory = limits.MemoryBytes,
            MemorySwap = limits.MemoryBytes,
            NanoCPUs = limits.NanoCpus,
            PidsLimit = limits.Pids,
            ReadonlyRootfs = true,
            Tmpfs = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                // Without a limit on its files, empty ones fill the container's memory and take the supervisor along.
                ["/tmp"] = string.Create(
                    CultureInfo.InvariantCulture, $"rw,noexec,nosuid,nodev,size={options.TmpMb}m,nr_inodes={options.TmpFiles},mode=1777"),

                // Here files are message queues, which would outlive the request that made them.
                ["/dev/mqueue"] = "ro,noexec,nosuid,nodev,size=4k,nr_inodes=1",
            },
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges", $"seccomp={Seccomp}"],
            IpcMode = "none",
            Ulimits = [new Ulimit { Name = "nofile", Soft = 256, Hard = 256 }, new Ulimit { Name = "core", Soft = 0, Hard = 0 }],
            OomScoreAdj = 500,
            LogConfig = new LogConfig { Type = "none" },
            AutoRemove = true,
            Runtime = options.Runtime,
        },
    };

    /// <summary>What a container's kernel does not hold of what was asked; <c>null</c> if it holds all. gVisor does not show every limit from inside.</summary>
    public static string? WhatIsNotHeld(HeldLimits? held, ContainerLimits limits, int user, bool showsAll)
    {
        if (held is null) return "The sandbox does not say which limits hold";
        if (!Holds(held.MemoryBytes, bytes => bytes <= limits.MemoryBytes)) return "The Docker engine does not hold the limit of memory";
        if (!Holds(held.Pids, pids => pids <= limits.Pids)) return "The Docker engine does not hold the limit of processes";
        if (!Holds(held.Cpus, cpus => cpus <= limits.Cpus + 0.001)) return "The Docker engine does not hold the limit of processors";
        if (held.Seccomp != 2) return "The Docker engine does not filter system calls (seccomp); gVisor needs --oci-seccomp among its runtime arguments";
        if (!Holds(held.NoNewPrivileges, set => set == 1)) return "The Docker engine lets processes gain privileges";
        if (held.User != user) return "The sandbox runs under another user id than was asked for";
        if (held.Capabilities != 0) return "The sandbox has capabilities";
        if (held.Interfaces?.Any(name => name != "lo") != false) return "The sandbox has a network";
        return held.RootIsReadOnly || !showsAll ? null : "The sandbox's root can be written";

        bool Holds<T>(T? value, Func<T, bool> good)
            where T : struct => value is { } known ? good(known) : !showsAll;
    }

    static string Embedded(string name)
    {
        using var stream = typeof(HardenedContainer).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>The limits that a container's kernel says it holds; <c>null</c> for what it does not say.</summary>
sealed record HeldLimits(
    long? MemoryBytes, long? Pids, double? Cpus, int User, ulong Capabilities, int? NoNewPrivileges, int? Seccomp, IReadOnlyList<string>? Interfaces,
    bool RootIsReadOnly);
