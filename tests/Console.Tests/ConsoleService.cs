using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.OperatorConsole.Tests;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Mvc.Testing.Handlers;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

[assembly: AssemblyFixture(typeof(ConsoleService))]

namespace AutoDev.OperatorConsole.Tests;

/// <summary>The Console on a real broker and database, with one service behind it that answers, as Memento and as Fitness, and others that do not. Each test takes a workspace of its own.</summary>
public sealed class ConsoleService : ServiceFixture<Program>
{
    readonly EchoService _memento = new();

    public override async ValueTask InitializeAsync()
    {
        await _memento.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _memento.DisposeAsync();
    }

    /// <summary>A workspace that the Console has heard of.</summary>
    public async Task<string> WorkspaceAsync()
    {
        var workspace = $"w{Guid.NewGuid():N}";
        await PublishAsync(Said.Settings(workspace));
        await Eventually.IsTrueAsync("the workspace to be known", async () => await InStoreAsync(workspace, s => s.SettingsAsync(default)) is not null);
        return workspace;
    }

    /// <summary>A key that Governance has told of.</summary>
    public async Task<string> KeyAsync(string role, string? workspace = null, string name = "ann")
    {
        var key = $"{Guid.NewGuid():N}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}";
        await PublishAsync(KeyChanged(key, role, workspace, name, isRevoked: false));
        await Eventually.IsTrueAsync("the key to be known", async () => await InStoreAsync("*", s => s.LoadAsync<ApiKey>(key.Split('.')[0])) is not null);
        return key;
    }

    public Task RevokeAsync(string key, string role) => PublishAsync(KeyChanged(key, role, null, "ann", isRevoked: true));

    /// <summary>Keeps cookies and follows nothing.</summary>
    public HttpClient BrowserClient() => new(new CookieContainerHandler { InnerHandler = ((TestServer)Services.GetRequiredService<IServer>()).CreateHandler() })
    {
        BaseAddress = new Uri("http://localhost"),
    };

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Admin.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Services:memento", _memento.Address);
        host.UseSetting("Services:fitness", _memento.Address);
        host.UseSetting("Services:evolver", "http://127.0.0.1:1"); // nobody listens there
    }

    static ApiKeyChanged KeyChanged(string key, string role, string? workspace, string name, bool isRevoked) => new()
    {
        KeyId = key.Split('.')[0], WorkspaceId = workspace, Name = name, Role = role, Sha256 = ApiKey.Hash(key), Revoked = isRevoked,
    };
}
