using System.Globalization;
using AutoDev.SandboxRunner.Engine;
using AutoDev.Testing;
using Docker.DotNet;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>What the containers of a pool are to this machine: containers, processes, mounts, folders, cgroups, connections. Looks while they live, and that all is gone later.</summary>
sealed class HostFootprint(IDockerClient docker, string instance)
{
    readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);

    int _forgotten;

    /// <summary>How many containers were seen since <see cref="Forget"/>.</summary>
    public int Seen => _users.Count - _forgotten;

    /// <summary>The user ids of the containers that were seen; each has its own.</summary>
    public IReadOnlyCollection<int> Users => _users.Values;

    /// <summary>Counts from the two that live now.</summary>
    public void Forget() => _forgotten = _users.Count - 2;

    public async Task LookAsync()
    {
        foreach (var container in await ListAsync())
            _users[container.ID] = int.Parse(container.Names[0].Split('-')[^1], CultureInfo.InvariantCulture);
    }

    public async Task IsGoneAsync()
    {
        var root = (await docker.System.GetSystemInfoAsync()).DockerRootDir;
        await Eventually.IsTrueAsync("nothing is left of the sandboxes", async () => (await ListAsync()).Count == 0 && !Left(root).Any());
    }

    async Task<IList<Docker.DotNet.Models.ContainerListResponse>> ListAsync() =>
        await docker.Containers.ListContainersAsync(SandboxPool.ListOf($"{HardenedContainer.InstanceLabel}={instance}", all: true));

    IEnumerable<string> Left(string root)
    {
        var mounts = File.ReadAllText("/proc/mounts");
        foreach (var (id, user) in _users)
        {
            if (mounts.Contains(id, StringComparison.Ordinal)) yield return $"a mount of {id}";
            if (Directory.Exists($"{root}/containers/{id}")) yield return $"the folder of {id}";
            foreach (var group in Directory.Exists("/sys/fs/cgroup") ? Directory.GetDirectories("/sys/fs/cgroup") : [])
                if (Directory.Exists($"{group}/docker/{id}")) yield return $"a cgroup of {id}";
            if (ProcessesOf(user).Any()) yield return $"a process of user {user}";
            if (ConnectionsOf(user).Any()) yield return $"a connection of user {user}";
        }
    }

    static IEnumerable<string> ProcessesOf(int user) =>
        Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0]) && UserOf(p) == user);

    static IEnumerable<string> ConnectionsOf(int user)
    {
        const int userColumn = 7;
        var text = user.ToString(CultureInfo.InvariantCulture);
        return new[] { "tcp", "tcp6", "udp", "udp6" }.Select(protocol => $"/proc/net/{protocol}").Where(File.Exists).SelectMany(File.ReadLines)
            .Where(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[userColumn] == text);
    }

    static int? UserOf(string process)
    {
        try
        {
            var line = File.ReadLines($"{process}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal));
            return int.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
