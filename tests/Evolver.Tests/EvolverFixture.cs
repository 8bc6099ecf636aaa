using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;
using Xunit;

namespace AutoDev.Evolver.Tests;

/// <summary>Tests of this collection share one running service; the others need none.</summary>
[CollectionDefinition(Name)]
public sealed class RunningEvolver : ICollectionFixture<EvolverFixture>
{
    public const string Name = "running evolver";
}

/// <summary>The real service; each test takes a workspace of its own.</summary>
public sealed class EvolverFixture : ServiceFixture<Program>
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A new workspace with one agent, <c>agent</c>.</summary>
    public Task<string> WorkspaceAsync(bool enabled, Maturity maturity) => WorkspaceAsync(new WorkspaceSettings { Enabled = enabled }, maturity);

    /// <summary>A new workspace with these settings and one agent, <c>agent</c>.</summary>
    public async Task<string> WorkspaceAsync(WorkspaceSettings settings, Maturity maturity)
    {
        var workspace = $"w{Guid.NewGuid():N}";
        await PublishAsync(new WorkspaceSettingsChanged
        {
            WorkspaceId = workspace, Version = 1, Settings = settings, ChangedBy = "test", ChangedAt = Now,
        });
        await PublishAsync(new AgentMaturityChanged
        {
            WorkspaceId = workspace, AgentId = "agent", Version = 1, Maturity = maturity, Reason = "test", ChangedBy = "test", ChangedAt = Now,
        });
        await Eventually.IsTrueAsync("the workspace and its agent to be known", async () => await InStoreAsync(workspace, async s =>
            await s.SettingsAsync(default) is not null && await s.LoadAsync<AgentReplica>("agent") is not null));
        return workspace;
    }

    // A test that wants the background evolution looks itself.
    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Evolution:BackgroundInterval", "1.00:00:00");
        host.UseSetting("Models:AllowPrivate", "true");
        host.UseSetting("Models:Secrets:stand-in:File", StandInModel.KeyFile);
        host.UseSetting("Models:Secrets:stand-in:Hosts:0", "127.0.0.1");
    }

    public Task<SkillProfile> ProfileAsync(string workspace, Func<SkillProfile, bool> fits) => Eventually.GetAsync("the profile to be as expected", async () =>
        await InStoreAsync(workspace, s => s.LoadAsync<SkillProfile>("extract@1.0.0")) is { } profile && fits(profile) ? profile : null);

    /// <summary>A published version that the service knows, and that agents get.</summary>
    public async Task PublishSkillAsync(string workspace, string skill = "extract", string version = "1.0.0", string source = Source)
    {
        await PublishAsync(new SkillPublished
        {
            WorkspaceId = workspace, CandidateId = Guid.CreateVersion7(), SkillName = skill, Version = version, Description = "d", FunctionName = "extract",
            Source = source, PublishedBy = "ann", PublishedAt = Now, Revision = 1,
        });
        await Eventually.IsTrueAsync("the version to be known", async () =>
            await InStoreAsync(workspace, s => s.LoadAsync<CurrentSkill>(skill)) is { } current && current.Version == version);
    }

    /// <summary>What agents get of a skill where a test does not say.</summary>
    public const string Source = "def extract(text):\n    return text.upper()\n";

    /// <summary>A client with a key of its own, which the service has heard of.</summary>
    public async Task<HttpClient> ClientAsync(string workspace, string role, string name)
    {
        var key = $"{name}{Guid.NewGuid():N}.{Guid.NewGuid():N}{Guid.NewGuid():N}";
        await PublishAsync(new ApiKeyChanged
        {
            KeyId = key.Split('.')[0], WorkspaceId = workspace, Name = name, Role = role, Sha256 = ApiKey.Hash(key), Revoked = false,
        });
        var client = ClientWithKey(key);
        await Eventually.IsTrueAsync($"the key of {name} to be known", async () =>
            (await client.GetAsync(new Uri($"/workspaces/{workspace}/mutations", UriKind.Relative))).IsSuccessStatusCode);
        return client;
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, object body, string? ifMatch = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await Admin.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>Waits until everything that lies in these queues is consumed.</summary>
    public Task DrainedAsync(params string[] queues) => Eventually.IsTrueAsync("the queues to be empty", async () =>
    {
        foreach (var queue in queues)
            if (await Installation.CountAsync(queue) > 0) return false;
        return true;
    });

    public async Task<(int Status, JsonElement Body)> GetAsync(string path, HttpClient? client = null)
    {
        using var response = await (client ?? Admin).GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
