using MassTransit;
using MassTransit.Clients;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Outside consumers (endpoints, hosted services) the scope's IPublishEndpoint writes into the scope's session; nothing leaves unless it commits.</summary>
sealed class ScopedBusOutboxProvider : IScopedBusContextProvider<IBus>
{
    public ScopedBusOutboxProvider(
        IBus bus,
        Bind<IBus, IClientFactory> clientFactory,
        Bind<IBus, IScopedConsumeContextProvider> consumeContext,
        IScopedConsumeContextProvider globalConsumeContext,
        IServiceProvider scope)
    {
        if (consumeContext.Value.HasContext) Context = new ConsumeContextScopedBusContext(consumeContext.Value.GetContext(), clientFactory.Value);
        else if (globalConsumeContext.HasContext) Context = new ConsumeContextScopedBusContext<IBus>(bus, globalConsumeContext.GetContext(), clientFactory.Value, scope);
        else Context = new ScopedBusOutbox(bus, clientFactory.Value, scope);
    }

    public ScopedBusContext Context { get; }
}

sealed class ScopedBusOutbox(IBus bus, IClientFactory clientFactory, IServiceProvider scope) : ScopedBusContext, OutboxSendContext
{
    ISendEndpointProvider? _send;
    IPublishEndpoint? _publish;
    IScopedClientFactory? _client;

    public ISendEndpointProvider SendEndpointProvider => _send ??= new OutboxSendEndpointProvider(this, bus);

    public IPublishEndpoint PublishEndpoint => _publish ??= new PublishEndpoint(new OutboxPublishEndpointProvider(this, bus));

    // Requests bypass the outbox: a reply is awaited before any commit.
    public IScopedClientFactory ClientFactory =>
        _client ??= new ScopedClientFactory(new ClientFactory(new ScopedClientFactoryContext(clientFactory, scope)), null);

    public object? GetService(Type serviceType) => scope.GetService(serviceType);

    public Task AddSend<T>(SendContext<T> context)
        where T : class
    {
        scope.GetRequiredService<SessionOutbox>().Add(context);
        return Task.CompletedTask;
    }
}
