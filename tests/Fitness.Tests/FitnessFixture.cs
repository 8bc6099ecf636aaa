using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Fitness.Scores;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Marten;
using Microsoft.AspNetCore.Hosting;
using Xunit;

namespace AutoDev.Fitness.Tests;

/// <summary>Tests of this collection share one running service; the others need none.</summary>
[CollectionDefinition(Name)]
public sealed class RunningFitness : ICollectionFixture<FitnessFixture>
{
    public const string Name = "running fitness";
}

/// <summary>The real service; each test takes a workspace of its own.</summary>
public sealed class FitnessFixture : ServiceFixture<Program>
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public async Task<string> WorkspaceAsync()
    {
        var workspace = $"w{Guid.NewGuid():N}";
        await PublishAsync(new WorkspaceSettingsChanged { WorkspaceId = workspace, Version = 1, Settings = new(), ChangedBy = "test", ChangedAt = Now });
        await Eventually.IsTrueAsync("the workspace to be known", async () => await InStoreAsync(workspace, s => s.SettingsAsync(default)) is not null);
        return workspace;
    }

    public Task<Subject> SubjectAsync(string workspace, string id, Func<Subject, bool> fits) => Eventually.GetAsync($"{id} to be as expected", async () =>
        await InStoreAsync(workspace, s => s.LoadAsync<Subject>(id)) is { } subject && fits(subject) ? subject : null);

    public Task<IReadOnlyList<Signal>> SignalsAsync(string workspace, string id) => InStoreAsync(workspace, s => s.SignalsOf(id).ToListAsync());

    public Task<(int Status, JsonElement Body)> PutAsync(string path, object body, HttpClient? client = null) => SendAsync(HttpMethod.Put, path, body, client);

    public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, object? body, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await (client ?? Admin).SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Scores:LookEvery", "00:00:00.2");
        host.UseSetting("Outcomes:LookEvery", "00:00:00.2");
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, object body, HttpClient? client = null)
    {
        using var response = await (client ?? Admin).PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path, HttpClient? client = null)
    {
        using var response = await (client ?? Admin).GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>A client with a key of this role for this workspace.</summary>
    public async Task<HttpClient> ClientAsync(string workspace, string role)
    {
        var id = $"k{Guid.NewGuid():N}";
        await PublishAsync(new ApiKeyChanged
        {
            KeyId = id, WorkspaceId = workspace, Name = role, Role = role, Sha256 = ApiKey.Hash($"{id}.secret"), Revoked = false,
        });
        var client = ClientWithKey($"{id}.secret");
        await Eventually.IsTrueAsync("the key to open", async () =>
            (await client.GetAsync(new Uri($"/workspaces/{workspace}/weights", UriKind.Relative))).StatusCode != System.Net.HttpStatusCode.Unauthorized);
        return client;
    }

    public static FitnessSignalReceived External(
        string workspace, string subject, string signal, double? value = null, string id = "crm-1", string? replaces = null, string? retracts = null) => new()
    {
        WorkspaceId = workspace, SignalId = id, Subject = subject, Signal = signal, Value = value, OccurredAt = Now, Replaces = replaces, Retracts = retracts,
    };

    public static SkillCandidateValidated Validated(string workspace, Guid id) => new()
    {
        WorkspaceId = workspace, CandidateId = id, PatternId = id, AgentId = "a", SkillName = "extract", HeldOutPassed = 2, HeldOutTotal = 2, ValidatedAt = Now,
    };

    public static SkillCandidateApproved Approved(string workspace, Guid id) => new()
    {
        WorkspaceId = workspace, CandidateId = id, PatternId = id, AgentId = "a", SkillName = "extract", ApprovedBy = "ann", Reason = "fine", ApprovedAt = Now,
    };

    public static SkillPublished Published(string workspace, Guid id) => new()
    {
        WorkspaceId = workspace, CandidateId = id, SkillName = "extract", Version = "1.0.0", Description = "d", FunctionName = "extract", Source = "x",
        PublishedBy = "ann", PublishedAt = Now,
    };
}
