using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoDev.Gating;

/// <summary>Adds the gate to a service.</summary>
public static class GatingRegistration
{
    /// <summary>The consumers that keep the copies, and the question for everything at start when there are none yet.</summary>
    public static void AddGating(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<FollowWorkspaceSettingsConsumer>();
        bus.AddConsumer<FollowAgentMaturityConsumer>();
        bus.AddHostedService<AskForState>();
    }
}

/// <summary>A new or restored service has heard nothing yet: it asks Governance to say everything again.</summary>
sealed class AskForState(IServiceProvider services, IBusControl bus, ServiceWord service) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        await using var scope = services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        if (await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).AnyAsync(stoppingToken)) return;

        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new RestateGovernance { RequestedBy = service.Value }, stoppingToken);
        await session.SaveChangesAsync(stoppingToken);
    }
}
