using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>All seven services as processes of their own, on a real broker, database and Docker engine: what <c>deploy/autodev up</c> starts.</summary>
public sealed class LiveSystem : IAsyncLifetime
{
    static readonly string[] Services = ["reflection", "memento", "evolver", "sandboxrunner", "fitness", "governance", "console"];

    readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);
    readonly string _logs = Directory.CreateTempSubdirectory("autodev-loop-").FullName;
    TestInstallation _installation = null!;

    /// <summary>The Console's origin with the administrator's key; services answer below <c>/api/{word}</c>.</summary>
    public HttpClient Api { get; private set; } = null!;

    public static string Repository { get; } = FindRepository();

    public async ValueTask InitializeAsync()
    {
        foreach (var needed in new[] { "DOCKER_HOST", "Sandbox__Image" })
        {
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(needed)))
                throw new InvalidOperationException($"{needed} is not set. The loop needs a real Docker engine and the sandbox image: run deploy/autodev test.");
        }

        _installation = await TestInstallation.CreateAsync();
        foreach (var service in Services) _ports[service] = FreePort();
        foreach (var service in Services) Start(service);
        Api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_ports["console"]}/") };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        foreach (var service in Services) await ReadyAsync(service);
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        foreach (var process in _processes.Values)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        if (_installation is not null) await _installation.DisposeAsync();
        Directory.Delete(_logs, recursive: true);
    }

    /// <summary>kill -9, and the process is gone.</summary>
    public async Task KillAsync(string service)
    {
        _processes[service].Kill();
        await _processes[service].WaitForExitAsync();
    }

    public void Start(string service)
    {
        var project = Services.Contains(service) ? ProjectOf(service) : throw new ArgumentException($"There is no service {service}.", nameof(service));
        var program = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!, project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"AutoDev.{project}.dll");
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = Path.GetDirectoryName(program), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (key, value) in _installation.Settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        foreach (var other in Services) start.Environment[$"Services__{other}"] = $"http://127.0.0.1:{_ports[other]}";
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_ports[service]}";
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";

        var process = Process.Start(start)!;
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(_logs, service + ".log"), append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes[service] = process;
    }

    /// <summary>Waits until the service says that it is ready; seven at once on a busy machine take their time.</summary>
    /// <exception cref="InvalidOperationException">It is not, or it ended; with the last lines that it wrote.</exception>
    public async Task ReadyAsync(string service)
    {
        using var http = new HttpClient();
        try
        {
            await Eventually.IsTrueAsync($"{service} to be ready", async () => !_processes[service].HasExited && await AnswersAsync(http, service), TimeSpan.FromMinutes(3));
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{service} is not ready:\n{LogOf(service)}", e);
        }
    }

    /// <summary>Runs the demo's agent and operator; each <paramref name="line"/> that it prints is handed on while it goes.</summary>
    public async Task<(int ExitCode, string Output)> PlayDemoAsync(string workspace, Func<string, Task>? line = null, params string[] tasks)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-u", Path.Combine(Repository, "deploy/demo/demo.py"), .. tasks]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["AUTODEV_URL"] = Api.BaseAddress!.ToString();
        start.Environment["AUTODEV_ADMIN_KEY"] = TestInstallation.AdminKey;
        start.Environment["AUTODEV_AMQP"] = _installation.Broker.ToString();
        start.Environment["AUTODEV_WORKSPACE"] = workspace;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var demo = Process.Start(start)!;
        var output = new List<string>();
        var errors = demo.StandardError.ReadToEndAsync();
        while (await demo.StandardOutput.ReadLineAsync() is { } text)
        {
            output.Add(text);
            if (line is not null) await line(text);
        }

        await demo.WaitForExitAsync();
        return (demo.ExitCode, string.Join("\n", output) + "\n" + await errors);
    }

    public async Task<JsonElement> GetAsync(string path) => await Api.GetFromJsonAsync<JsonElement>(path);

    async Task<bool> AnswersAsync(HttpClient http, string service)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{_ports[service]}/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    static string ProjectOf(string service) => service == "sandboxrunner" ? "SandboxRunner" : char.ToUpperInvariant(service[0]) + service[1..];

    string LogOf(string service)
    {
        var file = Path.Combine(_logs, service + ".log");
        if (!File.Exists(file)) return "";
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join("\n", reader.ReadToEnd().Split('\n').TakeLast(15));
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is above no folder of this test.");
        return folder.FullName;
    }
}
