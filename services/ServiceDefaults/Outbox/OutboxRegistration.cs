using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>The outbox and inbox of a service.</summary>
public static class OutboxRegistration
{
    /// <summary>
    /// What is published or sent in a scope commits with the scope's session. Its endpoints need <see cref="UseOutbox"/>, its store
    /// <see cref="OutboxTables.AddOutboxTables"/>. Settings: <see cref="OutboxOptions"/>; metrics: meter AutoDev.Outbox; health check: outbox.
    /// </summary>
    public static void AddOutbox(this IBusRegistrationConfigurator bus)
    {
        bus.AddOptions<OutboxOptions>().BindConfiguration("Outbox")
            .Validate(o => o.Lease > o.SendTimeout, "Outbox:Lease must be longer than Outbox:SendTimeout, or messages would be delivered from memory and swept at once.");
        bus.TryAddSingleton<OutboxMetrics>();
        bus.TryAddSingleton<SaidCounters>();
        bus.TryAddSingleton<OutboxTable>();
        bus.TryAddSingleton<OutboxSender>();
        bus.TryAddSingleton(services => new Lazy<OutboxSender>(services.GetRequiredService<OutboxSender>)); // the bus is made after the outbox
        bus.TryAddSingleton<OutboxDelivery>();
        bus.TryAddSingleton<OutboxSweeper>();
        bus.AddHostedService(services => services.GetRequiredService<OutboxSweeper>());
        bus.AddHostedService(services => services.GetRequiredService<OutboxDelivery>());
        bus.TryAddScoped<SessionOutbox>();
        bus.TryAddScoped<IOutboxContextFactory<IDocumentSession>, ConsumeOnceFactory>();
        bus.Replace(ServiceDescriptor.Scoped<IScopedBusContextProvider<IBus>, ScopedBusOutboxProvider>());
        bus.AddHealthChecks().AddCheck<OutboxHealth>("outbox", tags: ["ready"]);
    }

    /// <summary>Everything a consumer of this endpoint stores and says commits once. Retry must be configured on the endpoint, outside of this.</summary>
    public static void UseOutbox(this IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
    {
        var observer = new OutboxConsumePipeSpecificationObserver<IDocumentSession>(endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(observer);
        endpoint.ConnectSagaConfigurationObserver(observer);
    }
}
