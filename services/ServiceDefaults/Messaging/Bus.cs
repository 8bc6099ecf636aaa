using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Outbox;
using AutoDev.ServiceDefaults.Security;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>The service's place on the bus.</summary>
public static class Bus
{
    /// <summary>The topic exchange to which agents and external systems publish plain JSON.</summary>
    public const string IngestExchange = "autodev.ingest";

    const int Prefetch = 64;
    const int Concurrency = 32;

    /// <summary>
    /// Adds the service's consumers on the broker of <c>ConnectionStrings:rabbitmq</c>. Queues are named <c>{service}-{consumer}</c> and are quorum queues.
    /// What a consumer stores in its session and what it publishes commit together, once, when it returns; a message already consumed changes nothing.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="consumers">Names the consumers.</param>
    /// <param name="endpoints">Endpoints beyond one for each consumer, see <see cref="IngestEndpoint{TConsumer}"/>.</param>
    /// <exception cref="InvalidOperationException">The connection string is not set, or no address of a broker.</exception>
    public static void AddMessaging(
        this WebApplicationBuilder builder,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IRabbitMqBusFactoryConfigurator, IBusRegistrationContext>? endpoints = null)
    {
        var service = ServiceWord.Of(builder);
        var broker = Broker.Of(builder.Configuration);

        builder.Services.AddSingleton(broker);
        builder.Services.AddSingleton(new OutboxBroker(broker, $"{service} outbox"));
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.ConfigureHealthCheckOptions(check => check.Tags.Clear()); // BusHealth answers instead
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(service, includeNamespace: false));
            bus.AddConsumer<FollowApiKeysConsumer>();
            bus.AddDeadLetters();
            bus.AddReceiveObserver<BusMetrics>();
            consumers(bus);
            bus.AddConfigureEndpointsCallback((context, queue, endpoint) => Configure((IRabbitMqReceiveEndpointConfigurator)endpoint, context, queue));
            bus.AddOutbox();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                broker.Connect(rabbit);
                rabbit.ConfigureJsonSerializerOptions(static json =>
                {
                    json.WriteIndented = false; // a third of an envelope would be blanks, written, stored and sent
                    return json;
                });
                rabbit.PrefetchCount = Prefetch;
                rabbit.ConcurrentMessageLimit = Concurrency;
                endpoints?.Invoke(rabbit, context);
                rabbit.ConfigureEndpoints(context);
                rabbit.ReceiveEndpoint(ErrorQueue.NameOf(service), endpoint => ErrorQueue.Configure(endpoint, context));
            });
        });

        builder.Services.AddHealthChecks().AddCheck<BusHealth>("bus", tags: ["ready"]);
        builder.Services.AddSingleton(FailurePolicy.Read(builder.Configuration));

        // The bus starts when the store is there: see Startup.
        builder.Services.RemoveMassTransitHostedService();
    }

    /// <summary>
    /// Receives plain JSON of the ingest exchange, in whatever language it was written. One message type an endpoint, since plain JSON does not name its type.
    /// The consumer is registered with <c>ExcludeFromConfigureEndpoints</c>.
    /// </summary>
    public static void IngestEndpoint<TConsumer>(this IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context, string routingKey)
        where TConsumer : class, IConsumer
    {
        var queue = context.GetRequiredService<IEndpointNameFormatter>().Consumer<TConsumer>();
        rabbit.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.UseRawJsonDeserializer(RawSerializerOptions.All, isDefault: true);
            endpoint.Bind(IngestExchange, exchange =>
            {
                exchange.ExchangeType = RabbitMQ.Client.ExchangeType.Topic;
                exchange.Durable = true;
                exchange.RoutingKey = routingKey;
            });
            Configure(endpoint, context, queue);
            endpoint.UseFilter(new JoinSendersTrace(queue));
            endpoint.ConfigureConsumer<TConsumer>(context);
        });
    }

    /// <summary>
    /// Receives plain JSON of the ingest exchange as <see cref="IngestEndpoint{TConsumer}"/> does, many messages in one transaction. Call it after
    /// <see cref="AddMessaging"/>.
    /// </summary>
    public static void AddBatchConsumer<TConsumer>(this WebApplicationBuilder builder, string routingKey)
        where TConsumer : class, IBatchConsumer
    {
        var service = ServiceWord.Of(builder);
        var name = QueueOf(service, typeof(TConsumer));
        var queue = new BatchQueue(service, name, routingKey, Broker.Of(builder.Configuration));
        builder.Services.AddScoped<TConsumer>();
        builder.Services.AddKeyedSingleton(name, (services, _) =>
            ActivatorUtilities.CreateInstance<BatchReceiver<TConsumer>>(services, queue, FailedMessage.Of(services, name, services.GetRequiredService<FailurePolicy>())));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredKeyedService<BatchReceiver<TConsumer>>(name));
        builder.Services.AddHealthChecks().Add(new(name, services => services.GetRequiredKeyedService<BatchReceiver<TConsumer>>(name), failureStatus: null, tags: ["ready"]));
    }

    /// <summary>As MassTransit names a consumer's queue: <c>RecordThingConsumer</c> reads <c>{service}-record-thing</c>.</summary>
    internal static string QueueOf(string service, Type consumer) =>
        $"{service}-{KebabCaseEndpointNameFormatter.Instance.SanitizeName(consumer.Name.Replace("Consumer", "", StringComparison.Ordinal))}";

    static void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, IRegistrationContext context, string queue)
    {
        endpoint.SetQuorumQueue(1);

        // The error queue has the message and the reason. A Fault message would say it again to nobody, and one that cannot be serialized
        // (a database error's command, a report's odd JSON) would keep the message from getting there.
        endpoint.PublishFaults = false;
        FailedMessage.Configure(endpoint, context, queue);
        endpoint.UseOutbox(context);
    }
}
