extern alias governance;
extern alias memento;

using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Browsing;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Browser;

/// <summary>The tests with a browser share one installation, and run one after the other.</summary>
[CollectionDefinition("browser")]
public sealed class Browsers : ICollectionFixture<WholeConsole>;

/// <summary>
/// The real Console, Governance and Memento on real ports, and a real browser. The other services are played, and the sandbox, which needs an engine: its
/// answers to
/// what Memento asks are the test's. Screenshots are kept under <c>artifacts/screenshots</c>.
/// </summary>
public class WholeConsole : IAsyncLifetime
{
    readonly List<IAsyncDisposable> _parts = [];
    TestInstallation _installation = null!;
    IServiceProvider _memento = null!;
    IBusControl _bus = null!;
    OperatorBrowser _browser = null!;
    HttpClient _admin = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>The Evolver, Reflection and Fitness.</summary>
    public PlayedServices Played { get; } = new();

    /// <summary>What went wrong in the browsers, unseen by a person.</summary>
    public IReadOnlyCollection<string> Complaints => _browser.Complaints;

    public virtual async ValueTask InitializeAsync()
    {
        _installation = await TestInstallation.CreateAsync();
        var governance = Start<governance::Program>([]);
        var memento = Start<memento::Program>(new() { ["Generation:TimeBudget"] = "00:01:00" }); // a busy machine searches slowly
        _memento = ((WebApplicationFactory<memento::Program>)_parts[^1]).Services;
        Dictionary<string, string> services = new() { ["Services:governance"] = governance.ToString(), ["Services:memento"] = memento.ToString() };
        await Played.StartAsync();
        foreach (var played in new[] { "reflection", "evolver", "fitness" }) services[$"Services:{played}"] = Played.Address;
        services["Services:sandboxrunner"] = "http://127.0.0.1:1"; // nobody listens there
        foreach (var (key, value) in More) services[key] = value;
        Address = Start<Program>(services);
        MassTransit.LogContext.Current = null; // else it logs into a factory that an earlier host disposed of
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(_installation.Broker);
            rabbit.ReceiveEndpoint("played-sandbox", sandbox => sandbox.Handler<RunInSandbox>(context =>
                context.Publish(PlayedSandbox.Answer(context.Message))));
        });
        await _bus.StartAsync();

        _admin = new HttpClient { BaseAddress = Address };
        _admin.DefaultRequestHeaders.Add("X-Api-Key", TestInstallation.AdminKey);
        foreach (var ready in new[] { governance, memento, Address })
            await Eventually.IsTrueAsync($"{ready} to be ready", async () => (await _admin.GetAsync(new Uri(ready, "health/ready"))).IsSuccessStatusCode);

        _browser = await OperatorBrowser.StartAsync(Address, Provider);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _admin.Dispose();
        await _bus.StopAsync();
        await Played.DisposeAsync();
        foreach (var part in Enumerable.Reverse(_parts)) await part.DisposeAsync();
        await _installation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Publishes as another service would.</summary>
    public Task PublishAsync<T>(T message)
        where T : class => _bus.Publish(message);

    /// <summary>Calls a service through the origin, as the administrator.</summary>
    public async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path, object? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await _admin.SendAsync(request);
    }

    /// <summary>Waits until Memento's gate has heard that the workspace is on and the agent may learn; before that it refuses what it does not know.</summary>
    public Task MementoAllowsAsync(string workspace, string agent) => Eventually.IsTrueAsync("Memento's gate to know", async () =>
    {
        await using var session = _memento.GetRequiredService<IDocumentStore>().QuerySession(workspace);
        return await session.SettingsAsync(default) is { Enabled: true } && (await session.GateFactsAsync(agent, default)).Maturity >= Maturity.Intern;
    });

    /// <summary>A new workspace, known everywhere.</summary>
    public async Task<string> WorkspaceAsync(string? id = null)
    {
        var workspace = id ?? $"w{Guid.NewGuid():N}"[..12];
        (await CallAsync(HttpMethod.Put, $"/api/governance/workspaces/{workspace}")).EnsureSuccessStatusCode();
        foreach (var list in new[] { $"/api/console/workspaces/{workspace}/inbox", $"/api/memento/workspaces/{workspace}/skills" })
            await Eventually.IsTrueAsync("the workspace to be known", async () => (await CallAsync(HttpMethod.Get, list)).IsSuccessStatusCode);
        return workspace;
    }

    /// <summary>A person of their own, signed in as the administrator.</summary>
    public Task<IPage> SignedInAsync(string path, int width = 1280, bool dark = false) => _browser.SignInAsync(path, TestInstallation.AdminKey, width, dark);

    /// <summary>A person of their own, signed in with a new key of this role in the workspace.</summary>
    public async Task<IPage> SignedInAsync(string workspace, string role)
    {
        var issued = await CallAsync(HttpMethod.Post, $"/api/governance/workspaces/{workspace}/api-keys", new { name = role, role, reason = "a test" });
        var key = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
        foreach (var list in new[] { "console/workspaces/{0}/inbox", "memento/workspaces/{0}/skills" })
        {
            await Eventually.IsTrueAsync($"{list} to be open to the new key", async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/{list.Replace("{0}", workspace, StringComparison.Ordinal)}") { Headers = { { "X-Api-Key", key } } };
                using var http = new HttpClient { BaseAddress = Address };
                return (await http.SendAsync(request)).IsSuccessStatusCode;
            });
        }

        return await _browser.SignInAsync($"/w/{workspace}", key);
    }

    /// <summary>A person of their own, who is not signed in yet.</summary>
    public Task<IPage> OpenAsync(string path) => _browser.OpenAsync(path);

    /// <summary>Keeps a picture beside the test's results.</summary>
    public static Task<byte[]> PictureAsync(IPage page, string name) => OperatorBrowser.PictureAsync(page, name);

    /// <summary>Where people sign in, if not at the Console alone.</summary>
    protected virtual Uri? Provider => null;

    /// <summary>Settings of the Console beside the usual ones.</summary>
    protected virtual IReadOnlyDictionary<string, string> More => new Dictionary<string, string>(StringComparer.Ordinal);

    Uri Start<TProgram>(Dictionary<string, string> settings)
        where TProgram : class
    {
        var service = _installation.Listening<TProgram>(settings);
        _parts.Add(service);
        return service.ClientOptions.BaseAddress;
    }
}
