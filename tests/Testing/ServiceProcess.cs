using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AutoDev.Testing;

/// <summary>One instance of a service, as a process of its own that can be killed and started again at the same address. It was built before, beside the tests.</summary>
/// <param name="service">The service's word, such as <c>memento</c>.</param>
/// <param name="port">Where it answers, see <see cref="FreePort"/>.</param>
/// <param name="log">The file to which it writes.</param>
/// <param name="settings">By configuration key.</param>
/// <param name="authority">Signed the certificate that the settings name; <c>null</c> where it answers without TLS.</param>
public sealed class ServiceProcess(string service, int port, string log, IReadOnlyDictionary<string, string> settings, TestAuthority? authority = null) : IAsyncDisposable
{
    /// <summary>All services by their words.</summary>
    public static readonly IReadOnlyList<string> Services = ["reflection", "memento", "evolver", "sandboxrunner", "fitness", "governance", "console"];

    /// <summary><c>artifacts/bin</c> of the tests' own build.</summary>
    public static readonly string ThisBuild = Path.GetDirectoryName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    static readonly HttpClient Plain = new() { Timeout = TimeSpan.FromSeconds(20) };

    readonly HttpClient _http = authority is null ? Plain : new(authority.Trusting()) { Timeout = TimeSpan.FromSeconds(20) };
    Process? _process;

    /// <summary>Its word.</summary>
    public string Service => service;

    /// <summary>Where it answers.</summary>
    public Uri Address { get; } = new($"{(authority is null ? "http" : "https")}://127.0.0.1:{port}/");

    /// <summary><c>artifacts/bin</c> of the build whose program it becomes when it starts next: this one's, or that of another version.</summary>
    public string Build { get; set; } = ThisBuild;

    // EX_TEMPFAIL: a service whose bus is stuck ends with it, and whoever runs it starts it again.
    const int AskedToBeStartedAgain = 75;

    /// <summary>It was not started, or runs no more.</summary>
    public bool HasEnded => _process is not { HasExited: false };

    /// <summary>What it has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it, or starts it again.</summary>
    public void Start()
    {
        _process?.Dispose();
        var project = service == "sandboxrunner" ? "SandboxRunner" : char.ToUpperInvariant(service[0]) + service[1..];
        var program = Path.Combine(Build, project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"AutoDev.{project}.dll");

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

    /// <summary>Asks it to end, as whoever runs it does, and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } process) return;
        using var ask = Process.Start("/bin/kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
    }

    /// <summary>What <c>/health/{what}</c> answers; <c>null</c> where nothing does.</summary>
    public async Task<HttpStatusCode?> HealthAsync(string what = "ready")
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Address, $"health/{what}"));
            return answer.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
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
            await Eventually.IsTrueAsync($"{service} to be ready", async () =>
            {
                if (_process is { HasExited: true, ExitCode: AskedToBeStartedAgain }) Start();
                return !HasEnded && await HealthAsync() == HttpStatusCode.OK;
            }, TimeSpan.FromMinutes(10));
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{service} is not ready, it says: {await SaysAsync()}\n{LastLines()}", e);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        if (authority is not null) _http.Dispose();
    }

    /// <summary>What <c>/health/ready</c> answers, in its own words.</summary>
    public async Task<string> SaysAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Address, "health/ready"));
            return await answer.Content.ReadAsStringAsync();
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
        {
            return "nothing";
        }
    }

    /// <summary>The end of its log.</summary>
    public string LastLines() => File.Exists(log) ? string.Join("\n", File.ReadLines(log).TakeLast(15)) : "";
}
