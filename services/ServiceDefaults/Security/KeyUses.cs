using System.Collections.Concurrent;
using AutoDev.Contracts.Governance;
using Marten;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>Which keys opened something here since it was last told. In memory, so that a request writes nothing for it.</summary>
sealed class KeyUses(TimeProvider clock)
{
    readonly ConcurrentDictionary<(string Workspace, string KeyId), DateTimeOffset> _last = new();

    /// <summary>A key was right. One of the whole installation is nobody's in particular, and is not noted.</summary>
    public void Note(ApiKey key)
    {
        if (key.WorkspaceId is { } workspace) _last[(workspace, key.KeyId)] = clock.GetUtcNow();
    }

    /// <summary>What was noted, up to so many keys; they are forgotten here.</summary>
    public IReadOnlyList<ApiKeyUse> Take(int most)
    {
        var taken = new List<ApiKeyUse>();
        foreach (var (key, _) in _last)
        {
            if (taken.Count == most) break;
            if (_last.TryRemove(key, out var at)) taken.Add(new() { WorkspaceId = key.Workspace, KeyId = key.KeyId, UsedAt = at });
        }

        return taken;
    }

    /// <summary>Could not be told; what was noted meanwhile is newer.</summary>
    public void GiveBack(IEnumerable<ApiKeyUse> uses)
    {
        foreach (var use in uses) _last.TryAdd((use.WorkspaceId, use.KeyId), use.UsedAt);
    }
}

/// <summary>
/// Tells Governance, every <c>Security:TellUsesEvery</c> (a minute) and when the service ends. A process that is killed leaves the last minute untold.
/// </summary>
sealed class TellKeyUses(KeyUses uses, IServiceScopeFactory scopes, IConfiguration configuration, ILogger<TellKeyUses> logger) : BackgroundService
{
    const int MostInAMessage = 500;

    readonly TimeSpan _every = configuration.GetValue("Security:TellUsesEvery", TimeSpan.FromMinutes(1));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TellAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_every);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TellAsync(stoppingToken);
    }

    async Task TellAsync(CancellationToken cancellation)
    {
        while (uses.Take(MostInAMessage) is { Count: > 0 } taken)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new ApiKeysUsed { Uses = taken }, cancellation);
                await scope.ServiceProvider.GetRequiredService<IDocumentSession>().SaveChangesAsync(cancellation);
            }
            catch (Exception e)
            {
                uses.GiveBack(taken);
                if (!cancellation.IsCancellationRequested) logger.LogWarning("Which keys were used is told later: {Reason}", e.Message);
                return;
            }
        }
    }
}
