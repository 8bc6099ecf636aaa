using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Testing;

/// <summary>
/// One service's real program in this process, on a real broker and a real database of its own, with a test's bus beside it. Use it as a class fixture.
/// </summary>
public class ServiceFixture<TProgram> : IAsyncLifetime
    where TProgram : class
{
    readonly ConcurrentDictionary<Type, Task<object>> _heard = new();
    WebApplicationFactory<TProgram>? _service;
    IBusControl? _bus;

    /// <summary>The broker and databases.</summary>
    public TestInstallation Installation { get; private set; } = null!;

    /// <summary>An HTTP client with the administrator's key.</summary>
    public HttpClient Admin { get; private set; } = null!;

    /// <summary>The service's own container.</summary>
    public IServiceProvider Services => _service!.Services;

    /// <inheritdoc />
    public virtual async ValueTask InitializeAsync()
    {
        Installation = await TestInstallation.CreateAsync();
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(Installation.Broker));
        await _bus.StartAsync();
        MassTransit.LogContext.Current = null; // else it logs into a factory that an earlier host disposed of
        _service = Create();
        Admin = ClientWithKey(TestInstallation.AdminKey);
        await Eventually.IsTrueAsync("the service to be ready", async () => (await Admin.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode);
    }

    /// <inheritdoc />
    public virtual async ValueTask DisposeAsync()
    {
        if (_bus is not null) await _bus.StopAsync();
        if (_service is not null) await _service.DisposeAsync();
        if (Installation is not null) await Installation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An HTTP client that carries this key, or none.</summary>
    public HttpClient ClientWithKey(string? key)
    {
        var client = _service!.CreateClient();
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Publishes as another service would. The same <paramref name="messageId"/> twice is a redelivery.</summary>
    public Task PublishAsync<T>(T message, Guid? messageId = null)
        where T : class => _bus!.Publish(message, context => context.MessageId = messageId ?? NewId.NextGuid());

    /// <summary>Publishes a message twice with one id, as a broker does after a crash.</summary>
    public async Task PublishTwiceAsync<T>(T message)
        where T : class
    {
        var id = NewId.NextGuid();
        await PublishAsync(message, id);
        await PublishAsync(message, id);
    }

    /// <summary>Publishes plain JSON to the ingest exchange, as an agent in another language would.</summary>
    public Task IngestAsync(string routingKey, string json, string? traceParent = null) => IngestManyAsync(routingKey, [json], traceParent);

    /// <summary>The same, many at once.</summary>
    public async Task IngestManyAsync(string routingKey, IReadOnlyList<string> jsons, string? traceParent = null)
    {
        await using var connection = await new RabbitMQ.Client.ConnectionFactory { Uri = Installation.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new RabbitMQ.Client.CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var properties = new RabbitMQ.Client.BasicProperties { Persistent = true, ContentType = "application/json" };
        if (traceParent is not null) properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = traceParent };
        await Task.WhenAll(jsons.Select(json =>
            channel.BasicPublishAsync(ServiceDefaults.Messaging.Bus.IngestExchange, routingKey, mandatory: true, properties, Encoding.UTF8.GetBytes(json)).AsTask()));
    }

    /// <summary>Everything of this type that was said since the first call; call it before what makes the service say it.</summary>
    public async Task<Heard<T>> ListenAsync<T>()
        where T : class => (Heard<T>)await _heard.GetOrAdd(typeof(T), async _ =>
        {
            var heard = new Heard<T>();
            var endpoint = _bus!.ConnectReceiveEndpoint($"test-{typeof(T).Name}-{Guid.NewGuid():N}", receive => receive.Handler<T>(context =>
            {
                heard.Add(context);
                return Task.CompletedTask;
            }));
            await endpoint.Ready;
            return heard;
        });

    /// <summary>Looks into the service's store, as a consumer of this workspace would.</summary>
    public async Task<TResult> InStoreAsync<TResult>(string workspace, Func<IDocumentSession, Task<TResult>> look)
    {
        await using var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
        return await look(scope.ServiceProvider.GetRequiredService<IDocumentSession>());
    }

    /// <summary>A second instance of the service beside the first.</summary>
    public async Task<IAsyncDisposable> StartAnotherAsync()
    {
        var another = Create();
        using var client = another.CreateClient();
        await Eventually.IsTrueAsync("the other instance to be ready", async () => (await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode);
        return another;
    }

    WebApplicationFactory<TProgram> Create() => new WebApplicationFactory<TProgram>().WithWebHostBuilder(host =>
    {
        host.UseContentRoot(AppContext.BaseDirectory);
        foreach (var (key, value) in Installation.Settings) host.UseSetting(key, value);
        host.UseSetting("Logging:LogLevel:Default", "Error");
        host.UseSetting("Logging:LogLevel:MassTransit.ReceiveTransport", "None"); // tests of bad messages would fill the screen
        host.UseSetting("Logging:LogLevel:AutoDev.ServiceDefaults.Messaging", "None");
        Configure(host);
    });

    /// <summary>For settings of a service's own.</summary>
    protected virtual void Configure(IWebHostBuilder host)
    {
    }
}

/// <summary>What was heard of one message type. A message that comes again under its id is the same message.</summary>
public sealed class Heard<T>
    where T : class
{
    readonly ConcurrentQueue<ConsumeContext<T>> _all = new();
    readonly ConcurrentDictionary<Guid, bool> _ids = new();

    /// <summary>The messages so far.</summary>
    public IReadOnlyList<T> Messages => [.. _all.Select(c => c.Message)];

    /// <summary>Waits until as many messages that fit were heard, or more.</summary>
    public Task CountAsync(int count, Func<T, bool> fits) =>
        Eventually.IsTrueAsync($"{count} times a {typeof(T).Name} that fits", () => Task.FromResult(_all.Count(c => fits(c.Message)) >= count));

    /// <summary>Waits for a message that fits.</summary>
    public async Task<T> WaitAsync(Func<T, bool> fits) => (await ContextAsync(fits)).Message;

    /// <summary>Waits for a message that fits, with its envelope.</summary>
    public Task<ConsumeContext<T>> ContextAsync(Func<T, bool> fits) =>
        Eventually.GetAsync($"a {typeof(T).Name} that fits", () => Task.FromResult(_all.FirstOrDefault(c => fits(c.Message))));

    /// <summary>Takes a message that was heard.</summary>
    public void Add(ConsumeContext<T> context)
    {
        if (context.MessageId is not { } id || _ids.TryAdd(id, true)) _all.Enqueue(context);
    }
}
