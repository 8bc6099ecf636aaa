using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.Testing;
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
    public async Task<string> WorkspaceAsync(bool enabled, Maturity maturity)
    {
        var workspace = $"w{Guid.NewGuid():N}";
        await PublishAsync(new WorkspaceSettingsChanged
        {
            WorkspaceId = workspace, Version = 1, Settings = new() { Enabled = enabled }, ChangedBy = "test", ChangedAt = Now,
        });
        await PublishAsync(new AgentMaturityChanged
        {
            WorkspaceId = workspace, AgentId = "agent", Version = 1, Maturity = maturity, Reason = "test", ChangedBy = "test", ChangedAt = Now,
        });
        await Eventually.IsTrueAsync("the workspace and its agent to be known", async () => await InStoreAsync(workspace, async s =>
            await s.SettingsAsync(default) is not null && await s.LoadAsync<AgentReplica>("agent") is not null));
        return workspace;
    }

    public Task<SkillProfile> ProfileAsync(string workspace, Func<SkillProfile, bool> fits) => Eventually.GetAsync("the profile to be as expected", async () =>
        await InStoreAsync(workspace, s => s.LoadAsync<SkillProfile>("extract@1.0.0")) is { } profile && fits(profile) ? profile : null);

    public async Task<(int Status, JsonElement Body)> GetAsync(string path, HttpClient? client = null)
    {
        using var response = await (client ?? Admin).GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
