using System.Diagnostics;
using System.Globalization;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.Sandbox.Bench;

/// <summary>What is compared with: the docker command, a new container for each execution, with everything that <see cref="HardenedContainer"/> asks for.</summary>
static class DockerRun
{
    const string Script = $"import json, sys\n{Workload.Source}\nprint(json.dumps({Workload.Function}(**json.loads(sys.argv[1]))))";

    public static async Task<string> CallAsync(SandboxOptions options, RunLimits limits, string seccomp, string input)
    {
        var memory = string.Create(CultureInfo.InvariantCulture, $"{limits.MemoryMb}m");
        string[] arguments =
        [
            "run", "--rm", "--network", "none", "--memory", memory, "--memory-swap", memory, "--cpus", limits.Cpus.ToString(CultureInfo.InvariantCulture),
            "--pids-limit", limits.Pids.ToString(CultureInfo.InvariantCulture), "--read-only",
            "--tmpfs", string.Create(CultureInfo.InvariantCulture, $"/tmp:rw,noexec,nosuid,nodev,size={options.TmpMb}m,nr_inodes={options.TmpFiles},mode=1777"),
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", $"seccomp={seccomp}", "--ipc", "none", "--ulimit", "nofile=256:256",
            "--ulimit", "core=0:0", "--oom-score-adj", "500", "--log-driver", "none", "--user", "200000:200000", "--hostname", "sandbox",
            "--entrypoint", "/usr/bin/python3.11", options.Image, "-I", "-S", "-B", "-X", "utf8", "-c", Script, input,
        ];
        using var process = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"docker run ended with {process.ExitCode}: {await errors}");
    }
}
