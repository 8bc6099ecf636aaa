using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Removes containers that outlived their time, or never began, whoever made them. Those of an instance that lives are neither.</summary>
sealed class OrphanSweeper(IDockerClient docker, IOptions<SandboxOptions> options, TimeProvider clock, ILogger<OrphanSweeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.SweepSeconds), clock);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Looking for left containers failed: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Looks once; returns how many it removed.</summary>
    internal async Task<int> SweepAsync(CancellationToken cancellation)
    {
        var all = await docker.Containers.ListContainersAsync(SandboxPool.ListOf(HardenedContainer.ExpiresLabel, all: true), cancellation);
        var orphans = all.Where(c => HasExpired(c.Labels, clock.GetUtcNow()) || NeverStarted(c)).ToList();
        foreach (var orphan in orphans)
        {
            try
            {
                await docker.Containers.RemoveContainerAsync(orphan.ID, new() { Force = true }, cancellation);
                logger.LogWarning("Removed container {Container}, which had outlived its time", orphan.ID);
            }
            catch (DockerApiException e)
            {
                logger.LogDebug("Container {Container} could not be removed: {Reason}", orphan.ID, e.Message);
            }
        }

        return orphans.Count;
    }

    /// <summary>A service that is killed between making and starting a container leaves one that serves nobody.</summary>
    bool NeverStarted(ContainerListResponse container) =>
        container.State == "created"
        && clock.GetUtcNow().UtcDateTime - container.Created.ToUniversalTime() > TimeSpan.FromSeconds(2 * options.Value.StartSeconds);

    static bool HasExpired(IDictionary<string, string> labels, DateTimeOffset now) =>
        labels.TryGetValue(HardenedContainer.ExpiresLabel, out var text)
        && long.TryParse(text, CultureInfo.InvariantCulture, out var expires) && expires < now.ToUnixTimeSeconds();
}
