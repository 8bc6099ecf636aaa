using AutoDev.Contracts.Governance;
using AutoDev.Gating.Spend;
using AutoDev.ServiceDefaults;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDev.Gating;

/// <summary>Adds the gate to a service.</summary>
public static class GatingRegistration
{
    /// <summary>The copies, and the daily counts.</summary>
    public static void AddGating(this StoreOptions store)
    {
        store.Schema.For<WorkspaceReplica>();
        store.Schema.For<AgentReplica>();
        store.Schema.For<DailyQuota>();
    }

    /// <summary>What is spent on language models, in a service that calls them.</summary>
    public static void AddSpend(this StoreOptions store)
    {
        store.Schema.For<SpendDay>();
        store.Schema.For<SpendEntry>().Index(e => e.Subject);
    }

    /// <summary>The meter for calls of language models, and what others spend from the same cap.</summary>
    public static void AddSpend(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<FollowSpendConsumer>();
        bus.AddSingleton<ModelMeter>();
    }

    /// <summary>The consumers that keep the copies, and the question for everything at start when there are none yet.</summary>
    public static void AddGating(this IBusRegistrationConfigurator bus)
    {
        RefusalMetrics.AddTo(bus);
        bus.AddConsumer<FollowWorkspaceSettingsConsumer>();
        bus.AddConsumer<FollowAgentMaturityConsumer>();
        bus.AddHostedService<AskForState>();
    }
}

/// <summary>A new or restored service has heard nothing yet: it asks Governance to say everything again.</summary>
sealed class AskForState(IServiceProvider services, IBusControl bus, ServiceWord service, ILogger<AskForState> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        for (var asked = false; !asked;)
        {
            try
            {
                await AskUnlessKnown(stoppingToken);
                asked = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A service that gave up here would refuse everything for ever.
                logger.LogWarning("Governance's state could not be asked for, trying again in {Pause}: {Reason}", Pause, e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }

    async Task AskUnlessKnown(CancellationToken stoppingToken)
    {
        await using var scope = services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        if (await session.Query<WorkspaceReplica>().Where(w => w.AnyTenant()).AnyAsync(stoppingToken)) return;

        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new RestateGovernance { RequestedBy = service.Value }, stoppingToken);
        await session.SaveChangesAsync(stoppingToken);
    }
}
