using System.Globalization;

namespace AutoDev.Loop.Bench;

/// <summary>Memory and processor of the services and the parts that run beside them, as the kernel counts them. Parts elsewhere are not seen.</summary>
sealed class Machine(string state)
{
    const double TicksPerSecond = 100;

    /// <summary>The services' processes by their words, as <c>deploy/autodev</c> started them.</summary>
    public IReadOnlyDictionary<string, int> Services { get; } = Directory.GetFiles(Path.Combine(state, "run"), "*.pid")
        .ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture), StringComparer.Ordinal);

    /// <summary>Where a service answers.</summary>
    public Uri AddressOf(string service) => new(File.ReadAllText($"/proc/{Services[service]}/environ").Split('\0').First(v => v.StartsWith("ASPNETCORE_URLS=", StringComparison.Ordinal))[16..]);

    /// <summary>Resident memory in MiB; 0 for a process that is gone.</summary>
    public double Memory(string service)
    {
        var status = $"/proc/{Services[service]}/status";
        if (!File.Exists(status)) return 0;
        var line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Processor seconds so far by part: each service, rabbitmq, postgres, docker, sandbox, this bench.</summary>
    public Dictionary<string, double> ProcessorSeconds()
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _)).Select(name => Read(int.Parse(name!, CultureInfo.InvariantCulture)))
            .OfType<Running>().ToDictionary(p => p.Id);
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var process in all.Values)
            if (PartOf(process, all) is { } part) seconds[part] = seconds.GetValueOrDefault(part) + process.Seconds;
        return seconds;
    }

    /// <summary>Seconds that all processors were busy, and all there were.</summary>
    public static (double Busy, double All) Total()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(t => double.Parse(t, CultureInfo.InvariantCulture)).ToArray();
        return ((ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond, ticks.Sum() / TicksPerSecond);
    }

    string? PartOf(Running process, Dictionary<int, Running> all)
    {
        if (process.Id == Environment.ProcessId) return "bench";
        if (Services.FirstOrDefault(s => s.Value == process.Id).Key is { } service) return service;
        for (Running? above = process; above is not null; above = all.GetValueOrDefault(above.Parent))
        {
            if (above.Command.Contains("containerd-shim", StringComparison.Ordinal) && Ours(above)) return above == process ? "docker" : "sandbox";
            if ((above.Command.Contains("dockerd", StringComparison.Ordinal) || above.Command.Contains("containerd", StringComparison.Ordinal)) && Ours(above)) return "docker";
            if (above.Command.Contains("beam.smp", StringComparison.Ordinal) && Ours(above)) return "rabbitmq";
            if (above.Command.Contains("postgres", StringComparison.Ordinal) && Ours(above)) return "postgres";
        }

        return null;

        bool Ours(Running p) => p.Command.Contains(state, StringComparison.Ordinal) || p.Command.Contains(EngineFolder, StringComparison.Ordinal);
    }

    // Sockets have short paths, so that the engine's are elsewhere.
    string EngineFolder { get; } = Environment.GetEnvironmentVariable("DOCKER_HOST") is { } host ? Path.GetDirectoryName(host.Replace("unix://", "", StringComparison.Ordinal))! : "/nowhere";

    static Running? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields.Skip(11).Take(4).Sum(f => double.Parse(f, CultureInfo.InvariantCulture)); // its own, and those of children that ended
            return new(id, int.Parse(fields[1], CultureInfo.InvariantCulture), File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' '), ticks / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // it ended just now
        }
    }

    sealed record Running(int Id, int Parent, string Command, double Seconds);
}
