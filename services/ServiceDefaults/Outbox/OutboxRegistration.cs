using Marten;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AutoDev.ServiceDefaults.Outbox;

static class OutboxRegistration
{
    public static void AddOutbox(this IBusRegistrationConfigurator bus)
    {
        bus.AddOptions<OutboxOptions>().BindConfiguration("Outbox");
        bus.TryAddSingleton<OutboxDelivery>();
        bus.AddHostedService(p => p.GetRequiredService<OutboxDelivery>());
        bus.TryAddScoped<SessionOutbox>();
        bus.TryAddScoped<IOutboxContextFactory<IDocumentSession>, ConsumeOnceFactory>();
        bus.Replace(ServiceDescriptor.Scoped<IScopedBusContextProvider<IBus>, ScopedBusOutboxProvider>());
    }

    /// <summary>Everything a consumer of this endpoint stores and says commits once. Retry must be configured on the endpoint, outside of this.</summary>
    public static void UseOutbox(this IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
    {
        var observer = new OutboxConsumePipeSpecificationObserver<IDocumentSession>(endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(observer);
        endpoint.ConnectSagaConfigurationObserver(observer);
    }
}
