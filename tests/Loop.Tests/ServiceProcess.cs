using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AutoDev.Testing;

namespace AutoDev.Loop.Tests;

/// <summary>One instance of a service, as a process of its own that can be killed and started again at the same address.</summary>
sealed class ServiceProcess(string service, int port, string log, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    /// <summary>All services by their words.</summary>
    public static readonly IReadOnlyList<string> Services = ["reflection", "memento", "evolver", "sandboxrunner", "fitness", "governance", "console"];

    // Below the ports that the kernel gives to clients: a service that is away for a moment finds its own still free.
    const int LowestPort = 10_000, HighestPort = 20_000;

    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    Process? _process;

    public string Service => service;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}/");

    public bool HasEnded => _process is not { HasExited: false };

    /// <summary>A port that nothing listens at.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(LowestPort, HighestPort);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // somebody else's: the next
            }
        }
    }

    public void Start()
    {
        _process?.Dispose();
        var project = service == "sandboxrunner" ? "SandboxRunner" : char.ToUpperInvariant(service[0]) + service[1..];
        var tests = AppContext.BaseDirectory.TrimEnd('/');
        var program = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(tests))!, project, Path.GetFileName(tests), $"AutoDev.{project}.dll");

        // The shell becomes the service; it is there for the log, which outlives both.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec dotnet \"$0\" >> \"$1\" 2>&1", program, log]) { WorkingDirectory = Path.GetDirectoryName(program), UseShellExecute = false };
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        _process = Process.Start(start)!;
    }

    /// <summary>kill -9, and the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <summary>What <c>/health/{what}</c> answers; <c>null</c> where nothing does.</summary>
    public async Task<HttpStatusCode?> HealthAsync(string what = "ready")
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Address, $"health/{what}"));
            return answer.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits until the service says that it is ready; many at once on a busy machine take their time.</summary>
    /// <exception cref="InvalidOperationException">It is not, or it ended; with the last lines that it wrote.</exception>
    public async Task ReadyAsync()
    {
        try
        {
            await Eventually.IsTrueAsync($"{service} to be ready", async () => !HasEnded && await HealthAsync() == HttpStatusCode.OK, TimeSpan.FromMinutes(3));
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{service} is not ready, it says: {await SaysAsync()}\n{LastLines()}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
    }

    async Task<string> SaysAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Address, "health/ready"));
            return await answer.Content.ReadAsStringAsync();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return "nothing";
        }
    }

    string LastLines() => File.Exists(log) ? string.Join("\n", File.ReadLines(log).TakeLast(15)) : "";
}
