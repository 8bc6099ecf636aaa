using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Browsing;
using AutoDev.Loop.Tests.Seeing;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>The tests that share one system, one after the other: some of them kill its services.</summary>
[CollectionDefinition("live system")]
public sealed class OnLiveSystem : ICollectionFixture<LiveSystem>;

/// <summary>All seven services as processes of their own, on a real broker, database and Docker engine: what <c>deploy/autodev up</c> starts.</summary>
public sealed class LiveSystem : IAsyncLifetime
{
    const string Front = "console";

    readonly Dictionary<string, ServiceProcess> _processes = new(StringComparer.Ordinal);
    readonly Dictionary<string, TcpProxy> _ways = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    readonly string _logs = Directory.CreateTempSubdirectory("autodev-loop-").FullName;
    TestInstallation _installation = null!;
    OperatorBrowser? _browser;

    /// <summary>The Console's origin with the administrator's key; services answer below <c>/api/{word}</c>.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <summary>What the services export.</summary>
    public OtlpReceiver Collector { get; private set; } = null!;

    /// <summary>For whom the services publish and consume.</summary>
    public Uri Broker => _installation.Broker;

    /// <summary>How the services reach the database server, with the password.</summary>
    public string Database => _settings["ConnectionStrings:postgres"];

    public static string Repository { get; } = FindRepository();

    public async ValueTask InitializeAsync()
    {
        foreach (var needed in new[] { "DOCKER_HOST", "Sandbox__Image" })
        {
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(needed)))
                throw new InvalidOperationException($"{needed} is not set. The loop needs a real Docker engine and the sandbox image: run deploy/autodev test.");
        }

        _installation = await TestInstallation.CreateAsync();
        var ports = ServiceProcess.Services.ToDictionary(service => service, _ => FreePort.Find(), StringComparer.Ordinal);
        foreach (var (key, value) in _installation.Settings) _settings[key] = value;
        _settings["Generation:TimeBudget"] = "00:00:45"; // a busy machine searches slowly
        _settings["Failures:OvertakenFor"] = "00:05:00"; // and a service that was killed tells its news late
        _settings["Failures:UnexpectedFor"] = "00:01:00";
        (_settings["Evolution:SearchSeconds"], _settings["Evolution:Iterations"]) = ("3", "2");
        Collector = await OtlpReceiver.StartAsync();
        (_settings["OTEL_EXPORTER_OTLP_ENDPOINT"], _settings["OTEL_EXPORTER_OTLP_PROTOCOL"]) = (Collector.Address, "http/protobuf");
        (_settings["OTEL_BSP_SCHEDULE_DELAY"], _settings["OTEL_BLRP_SCHEDULE_DELAY"]) = ("500", "500");
        _settings["Models:AllowPrivate"] = _settings["Webhooks:AllowPrivate"] = "true"; // a stand-in's, on this machine
        foreach (var (service, port) in ports) _settings[$"Services:{service}"] = $"http://127.0.0.1:{port}";
        foreach (var (service, port) in ports.Where(p => p.Key != Front)) _ways[service] = new("127.0.0.1", port);
        foreach (var (service, port) in ports) _processes[service] = ProcessOf(service, port);
        foreach (var process in _processes.Values) process.Start();
        Api = new HttpClient { BaseAddress = _processes["console"].Address };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        foreach (var process in _processes.Values) await process.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        Api?.Dispose();
        foreach (var process in _processes.Values) await process.DisposeAsync();
        foreach (var way in _ways.Values) await way.DisposeAsync();
        if (Collector is not null) await Collector.DisposeAsync();
        if (_installation is not null) await _installation.DisposeAsync();
        Directory.Delete(_logs, recursive: true);
    }

    /// <summary>A browser in front of the Console.</summary>
    public async Task<OperatorBrowser> BrowserAsync() => _browser ??= await OperatorBrowser.StartAsync(Api.BaseAddress!);

    /// <summary>The network between the Console and a service, for a test to break; it must leave it mended.</summary>
    public TcpProxy WayTo(string service) => _ways[service];

    /// <summary>A service's own address, beside the Console.</summary>
    public Uri AddressOf(string service) => _processes[service].Address;

    /// <summary>Ends all services as whoever runs them does.</summary>
    public Task StopAllAsync() => Task.WhenAll(_processes.Values.Select(p => p.StopAsync()));

    /// <summary>Starts all that do not run, and waits until they are ready.</summary>
    public async Task StartAllAsync()
    {
        foreach (var process in _processes.Values.Where(p => p.HasEnded)) process.Start();
        await Task.WhenAll(_processes.Values.Select(p => p.ReadyAsync()));
    }

    /// <summary>Every database and queue of this system is gone; its services must be stopped.</summary>
    public Task LoseEverythingAsync() => _installation.LoseEverythingAsync();

    /// <summary>Runs <c>deploy/backup</c> on this system.</summary>
    public async Task<(int ExitCode, string Output)> BackupAsync(params string[] arguments)
    {
        var tests = AppContext.BaseDirectory.TrimEnd('/');
        var program = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(tests))!, "Backup", Path.GetFileName(tests), "AutoDev.Backup.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["ConnectionStrings__rabbitmq"] = _installation.Broker.ToString();
        start.Environment["ConnectionStrings__rabbitmq_management"] = _installation.Management.ToString();
        start.Environment["ConnectionStrings__postgres"] = _settings["ConnectionStrings:postgres"];
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Messages that wait in a queue.</summary>
    public Task<int> CountAsync(string queue) => _installation.CountAsync(queue);

    /// <summary>kill -9, and the process is gone.</summary>
    public Task KillAsync(string service) => _processes[service].KillAsync();

    public void Start(string service) => _processes[service].Start();

    /// <summary>Ends the service and starts it again at its address, with other settings beside the usual ones.</summary>
    public async Task StartOtherwiseAsync(string service, params IEnumerable<(string Key, string Value)> changed)
    {
        var before = _processes[service];
        await before.DisposeAsync();
        var process = _processes[service] = ProcessOf(service, before.Address.Port, changed);
        process.Start();
        await Eventually.IsTrueAsync($"{service} to live again", async () => await process.HealthAsync("live") == System.Net.HttpStatusCode.OK);
    }

    /// <summary>What the service answers at /metrics.</summary>
    public async Task<string> MetricsAsync(string service) =>
        await Api.GetStringAsync(new Uri(_processes[service].Address, "metrics"), TestContext.Current.CancellationToken);

    /// <summary>What the service has written so far, in all of its lives.</summary>
    public Task<string> LogAsync(string service) => File.ReadAllTextAsync(Path.Combine(_logs, service + ".log"), TestContext.Current.CancellationToken);

    public Task ReadyAsync(string service) => _processes[service].ReadyAsync();

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

    /// <summary>Changes rows of a service's database behind its back.</summary>
    public async Task<int> InDatabaseAsync(string service, string sql)
    {
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(_settings["ConnectionStrings:postgres"]) { Pooling = false };
        connection.Database += $"_{service}";
        await using var database = Npgsql.NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first page of a list.</summary>
    public async Task<List<JsonElement>> ItemsAsync(string path) => [.. (await GetAsync(path)).GetProperty("items").EnumerateArray()];

    /// <summary>Sends a body, and expects it to be taken.</summary>
    public async Task SendAsync(HttpMethod method, string path, object? body = null, string? ifMatch = null, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (traceParent is not null) request.Headers.Add("traceparent", traceParent);
        using var answer = await Api.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }

    /// <summary>The id of the workspace's newest candidate that has come this far; where none does, what became of them is told.</summary>
    public async Task<string> CandidateAsync(string workspace, params string[] statuses)
    {
        bool Fits(JsonElement candidate) => statuses.Contains(candidate.GetProperty("status").GetString());
        var all = await Eventually.HoldsAsync(() => ItemsAsync($"api/memento/workspaces/{workspace}/candidates"), candidates => Assert.True(
            candidates.Any(Fits), $"None is {string.Join(" or ", statuses)}: {string.Join("; ", candidates.Select(c => $"{c.GetProperty("status")} {c.GetProperty("failure_reason")}"))}"));
        return all.First(Fits).GetProperty("id").GetString()!;
    }

    /// <summary>Decides on a candidate, on what it is by then: while it is tried on failures that came after, no decision counts.</summary>
    public Task ReviewAsync(string workspace, string candidate, string decision, object body) => Eventually.HoldsAsync(async () =>
    {
        var path = $"api/memento/workspaces/{workspace}/candidates/{candidate}";
        using var seen = await Api.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        await SendAsync(HttpMethod.Post, $"{path}/{decision}", body, seen.Headers.ETag!.ToString());
    });

    ServiceProcess ProcessOf(string service, int port, params IEnumerable<(string Key, string Value)> changed)
    {
        var settings = new Dictionary<string, string>(_settings, StringComparer.Ordinal);
        if (service == Front) foreach (var (to, way) in _ways) settings[$"Services:{to}"] = $"http://127.0.0.1:{way.Port}";
        foreach (var (key, value) in changed) settings[key] = value;
        return new(service, port, Path.Combine(_logs, service + ".log"), settings);
    }

    static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is above no folder of this test.");
        return folder.FullName;
    }
}
