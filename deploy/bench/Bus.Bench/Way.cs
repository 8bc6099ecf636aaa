using System.Diagnostics;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Middleware;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AutoDev.Bus.Bench;

/// <summary>How many at once; the same for every way.</summary>
sealed record Load(ushort Prefetch, int Concurrency, int Connections, int BatchSize, int BatchesAtOnce);

/// <summary>One way to consume a message, store a document and say an event: a service of its own, with its own queue and database.</summary>
sealed record Way(string Name, Action<WebApplicationBuilder, Load> Messaging, string? Pending = null)
{
    const string Downstream = "bench-done", Hearing = "bench-hear";

    string Queue => "bench-" + Name.Replace('_', '-');

    public static IReadOnlyList<Way> All { get; } =
    [
        new("no_store", (builder, load) => MassTransitAlone<SayConsumer>(builder, load)),
        new("one_commit", (builder, load) => MassTransitAlone<CommitThenSayConsumer>(builder, load)),
        new("stock", (builder, load) => MassTransitAlone<StoreAndSayConsumer>(builder, load, (context, endpoint) =>
            endpoint.ConnectConsumerConfigurationObserver(new OutboxConsumePipeSpecificationObserver<StockOutbox>(endpoint, context) { MessageDeliveryLimit = 10 })), "stock_outbox_message"),
        new("outbox", (builder, load) => builder.AddMessaging(bus => bus.AddConsumer<StoreAndSayConsumer>().Endpoint(e =>
        {
            (e.Name, e.PrefetchCount, e.ConcurrentMessageLimit) = ("bench-outbox", load.Prefetch, load.Concurrency);
        })), "outbox"),
        new("batch", (builder, load) => builder.AddMessaging(bus => bus
            .AddConsumer<StoreAndSayBatchConsumer>(c => c.Options<BatchOptions>(o => o.SetMessageLimit(load.BatchSize).SetTimeLimit(TimeSpan.FromMilliseconds(100)).SetConcurrencyLimit(load.BatchesAtOnce)))
            .Endpoint(e => (e.Name, e.PrefetchCount, e.ConcurrentMessageLimit) = ("bench-batch", (ushort)(load.BatchSize * load.BatchesAtOnce * 2), load.BatchSize * load.BatchesAtOnce))), "outbox"),
    ];

    /// <summary>Fills the queue, starts the service, and measures from the first message until every document is stored, every event is at the broker and every row is gone.</summary>
    /// <returns>Messages per second.</returns>
    public async Task<double> MeasureAsync(TestInstallation installation, RawBroker broker, Load load, IReadOnlyList<byte[]> messages)
    {
        await broker.DeclareAsync(Queue);
        await broker.DeclareAsync(Downstream, typeof(WorkDone));
        await broker.PurgeAsync(Downstream);
        await broker.PublishAsync(Queue, messages);
        Seen.Reset();
        await using var app = await StartAsync(installation, load, hear: false);
        await Eventually.IsTrueAsync($"{Name} to consume", () => Task.FromResult(Seen.Consumed >= messages.Count), TimeSpan.FromMinutes(1));
        long end = 0;
        await Eventually.IsTrueAsync($"{Name} to deliver", async () =>
        {
            end = Stopwatch.GetTimestamp();
            return await broker.CountAsync(Downstream) >= messages.Count && await PendingAsync(app) == 0;
        }, TimeSpan.FromMinutes(1));
        var first = Seen.First;
        await app.StopAsync();
        var said = await broker.CountAsync(Downstream);
        if (said != messages.Count) throw new InvalidOperationException($"{Name} said {said} events for {messages.Count} messages.");
        await broker.PurgeAsync(Downstream);
        return messages.Count / Stopwatch.GetElapsedTime(first, end).TotalSeconds;
    }

    /// <summary>From the begin of saying in one consumer to the begin of the next, on an idle system, one at a time, in milliseconds.</summary>
    public async Task<List<double>> HopsAsync(TestInstallation installation, RawBroker broker, Load load, IReadOnlyList<byte[]> messages)
    {
        await broker.DeclareAsync(Queue);
        Seen.Reset();
        await using var app = await StartAsync(installation, load, hear: true);
        foreach (var message in messages)
        {
            await broker.PublishAsync(Queue, [message]);
            await Seen.HeardAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }

        await app.StopAsync();
        await broker.DeleteAsync(Hearing); // else it would collect the events of the next measurement
        return [.. Seen.Hops];
    }

    async Task<WebApplication> StartAsync(TestInstallation installation, Load load, bool hear)
    {
        LogContext.Current = null; // else it logs into a factory that an earlier host disposed of
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(installation.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Configuration["ConnectionStrings:postgres"] += $";Maximum Pool Size={load.Connections}";
        builder.AddServiceDefaults($"bench_{Name}");
        builder.AddStore(store =>
        {
            store.Schema.For<WorkItem>();
            if (Name == "stock") StockOutbox.AddTables(store);
        });
        if (Name == "stock")
        {
            builder.Services.AddSingleton(services => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(builder.Configuration["ConnectionStrings:postgres"])
            {
                Database = services.GetRequiredService<IDocumentStore>().Storage.Database.CreateConnection().Database,
            }));
            builder.Services.AddScoped<IOutboxContextFactory<StockOutbox>, StockOutbox>();
        }

        Messaging(builder, load);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var app = builder.Build();
        await app.StartAsync();
        var health = app.Services.GetRequiredService<HealthCheckService>();
        await Eventually.IsTrueAsync($"{Name} to be ready", async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy || Seen.Consumed > 0);
        if (hear) await HearAsync(app.Services.GetRequiredService<IBusControl>());
        return app;
    }

    static async Task HearAsync(IBusControl bus)
    {
        await bus.ConnectReceiveEndpoint(Hearing, endpoint =>
        {
            ((IRabbitMqReceiveEndpointConfigurator)endpoint).SetQuorumQueue(1);
            endpoint.Consumer<HearConsumer>();
        }).Ready;
    }

    async Task<long> PendingAsync(WebApplication app)
    {
        if (Pending is null) return 0;
        await using var connection = app.Services.GetRequiredService<IDocumentStore>().Storage.Database.CreateConnection();
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand($"select count(*) from {Pending}", connection);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    static void MassTransitAlone<TConsumer>(WebApplicationBuilder builder, Load load, Action<IRegistrationContext, IReceiveEndpointConfigurator>? outbox = null)
        where TConsumer : class, IConsumer
    {
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<TConsumer>().ExcludeFromConfigureEndpoints();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(builder.Configuration.GetConnectionString("rabbitmq")!));
                rabbit.ReceiveEndpoint("bench-" + NameOf<TConsumer>(outbox), endpoint =>
                {
                    endpoint.SetQuorumQueue(1);
                    endpoint.PublishFaults = false;
                    (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (load.Prefetch, load.Concurrency);
                    outbox?.Invoke(context, endpoint);
                    endpoint.ConfigureConsumer<TConsumer>(context);
                });
            });
        });
        builder.Services.RemoveMassTransitHostedService();
    }

    static string NameOf<TConsumer>(object? outbox) => outbox is not null ? "stock" : typeof(TConsumer) == typeof(SayConsumer) ? "no-store" : "one-commit";
}
