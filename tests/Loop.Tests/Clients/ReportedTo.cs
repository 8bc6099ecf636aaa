using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Clients;

/// <summary>The services to which agents and external systems report, as processes of their own behind the Console's origin.</summary>
public sealed class ReportedTo : IAsyncLifetime
{
    static readonly string[] Needed = ["governance", "reflection", "fitness", "evolver", "console"];

    readonly Dictionary<string, ServiceProcess> _processes = new(StringComparer.Ordinal);
    readonly string _logs = Directory.CreateTempSubdirectory("autodev-clients-").FullName;
    TestInstallation _installation = null!;

    /// <summary>The administrator's door.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <summary>The clients' way to the broker.</summary>
    public TcpProxy Broker { get; private set; } = null!;

    public ServiceProcess this[string service] => _processes[service];

    public async ValueTask InitializeAsync()
    {
        _installation = await TestInstallation.CreateAsync();
        Broker = new TcpProxy(_installation.Broker.Host, _installation.Broker.Port);
        var ports = Needed.ToDictionary(service => service, _ => FreePort.Find(), StringComparer.Ordinal);
        var settings = new Dictionary<string, string>(_installation.Settings, StringComparer.Ordinal);
        foreach (var (service, port) in ports) settings[$"Services:{service}"] = $"http://127.0.0.1:{port}";
        foreach (var (service, port) in ports) (_processes[service] = new(service, port, Path.Combine(_logs, service + ".log"), settings)).Start();
        Api = new HttpClient { BaseAddress = _processes["console"].Address };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        foreach (var process in _processes.Values) await process.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        foreach (var process in _processes.Values) await process.DisposeAsync();
        if (Broker is not null) await Broker.DisposeAsync();
        if (_installation is not null) await _installation.DisposeAsync();
        Directory.Delete(_logs, recursive: true);
    }

    /// <summary>A new workspace with a key for its agents, both known everywhere.</summary>
    public async Task<(string Workspace, string Key)> WorkspaceAsync()
    {
        var workspace = $"clients-{Guid.NewGuid():N}"[..20];
        (await Api.PutAsync(new Uri($"api/governance/workspaces/{workspace}", UriKind.Relative), null)).EnsureSuccessStatusCode();
        var issued = await (await Api.PostAsJsonAsync($"api/governance/workspaces/{workspace}/api-keys", new { name = "mailroom", role = "agent" })).Content.ReadFromJsonAsync<JsonElement>();
        var key = issued.GetProperty("key").GetString()!;
        foreach (var route in new[] { "reflection/workspaces/{0}/episodes", "fitness/workspaces/{0}/signals" })
        {
            await Eventually.IsTrueAsync("the key to open " + route, async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "api/" + route.Replace("{0}", workspace, StringComparison.Ordinal)) { Content = JsonContent.Create(Array.Empty<object>()) };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
                return (await Api.SendAsync(request)).StatusCode == HttpStatusCode.BadRequest; // an empty batch, from a known caller in a known workspace
            });
        }

        return (workspace, key);
    }

    /// <summary>Starts a client as its reader would.</summary>
    public Process Run(string client, string workspace, string key, params string[] arguments)
    {
        var program = client.EndsWith(".py", StringComparison.Ordinal) ? "/usr/bin/python3" : "node"; // Debian's python has Debian's pika
        var start = new ProcessStartInfo(program, [Path.Combine(LiveSystem.Repository, "docs/clients", client), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["AUTODEV_URL"] = Api.BaseAddress!.ToString();
        start.Environment["AUTODEV_AMQP"] = new UriBuilder(_installation.Broker) { Port = Broker.Port }.Uri.ToString();
        start.Environment["AUTODEV_KEY"] = key;
        start.Environment["AUTODEV_WORKSPACE"] = workspace;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>What it printed, when it has ended well.</summary>
    public static async Task<string[]> EndedWellAsync(Process client)
    {
        using var ended = client;
        var errors = client.StandardError.ReadToEndAsync();
        var output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        Assert.True(client.ExitCode == 0, output + await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
