using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>The one queue to which a service's failed messages go, and its reader.</summary>
static class ErrorQueue
{
    const int AtOnce = 4, Replicas = 1;

    /// <summary>Such as <c>memento_error</c>.</summary>
    public static string NameOf(string service) => $"{service}_error";

    /// <summary>
    /// Makes the queue, before the bus starts. Each of the service's endpoints declares it too, all at once: its reader might find it declared by another and without a
    /// process yet, for which RabbitMQ (3.10) ends the connection in the middle of the bus's start.
    /// </summary>
    /// <exception cref="InvalidOperationException">The broker is not there, or does not let the service in.</exception>
    public static async Task DeclareAsync(Broker broker, string service, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        await channel.QueueDeclareAsync(
            NameOf(service), durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-quorum-initial-group-size"] = Replicas }, cancellationToken: cancellation);

        async Task<IConnection> ConnectAsync()
        {
            try
            {
                return await broker.Factory($"{service} makes its error queue").CreateConnectionAsync(cancellation);
            }
            catch (BrokerUnreachableException e)
            {
                throw new InvalidOperationException($"The broker is not there for {broker}.", e); // the client names neither the account nor the address
            }
        }
    }

    public static void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, IRegistrationContext context)
    {
        endpoint.SetQuorumQueue(Replicas);
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.PrefetchCount = AtOnce * 2;
        endpoint.ConcurrentMessageLimit = AtOnce;
        endpoint.ConfigureReceive(pipe => pipe.UseFilter(new KeepLetters(
            context.GetRequiredService<IDocumentStore>(), context.GetRequiredService<TimeProvider>(), context.GetRequiredService<IHostApplicationLifetime>(),
            context.GetRequiredService<ILogger<KeepLetters>>())));
    }
}

/// <summary>
/// Writes every message of the error queue down as a <see cref="DeadLetter"/>, once however often it is delivered. Nothing is deserialized and no consumer is
/// asked: it is the end of the road, and stays in the queue until it is written.
/// </summary>
sealed class KeepLetters(IDocumentStore store, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<KeepLetters> logger) : IFilter<ReceiveContext>
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var received = context.GetPayload<RabbitMqBasicConsumeContext>();
        var (death, content) = ReadLetter.From(received.RoutingKey ?? "", received.Properties, context.Body.GetBytes(), clock.GetUtcNow());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        for (var pause = TimeSpan.FromSeconds(0.2); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Keep(death, content, stop.Token);
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("Dead letter {Letter} of {Queue} is not kept yet, trying again in {Pause}: {Reason}", death.Id, death.Queue, pause, Failure.InWords(e));
                await Task.Delay(pause, clock, stop.Token);
            }
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("keepLetters");

    async Task Keep(DeadLetter death, LetterContent content, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession(death.Tenant);
        await session.LockLetterAsync(death.Id, cancellation);
        if (DeadLetter.After(await session.LoadAsync<DeadLetter>(death.Id, cancellation), death) is not { } letter) return;
        session.Store(letter);
        session.Store(content);
        await session.SaveChangesAsync(cancellation);
        FailureMetrics.Kept.Add(1, new KeyValuePair<string, object?>("queue", death.Queue));
    }
}

static class LetterLock
{
    /// <summary>Deaths and decisions of one letter go one after the other.</summary>
    public static Task LockLetterAsync(this IDocumentSession session, Guid id, CancellationToken cancellation) => session.LockAsync($"dead-letter/{id}", cancellation);
}
