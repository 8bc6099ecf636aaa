using System.Globalization;
using System.Runtime.ExceptionServices;
using AutoDev.ServiceDefaults.DeadLetters;
using MassTransit;
using MassTransit.Middleware.Rescue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Where a message goes that failed here for the last time: it waits in a <see cref="DelayQueue"/> and comes back, or it goes to the service's error queue.
/// Either way the broker has confirmed the copy before the original is acknowledged, and the copy has its message id: nothing is lost, and the inbox drops what
/// comes twice.
/// </summary>
sealed class FailedMessage(
    FailurePolicy policy, ServiceWord service, string queue, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<FailedMessage> logger)
    : IFilter<ExceptionReceiveContext>
{
    /// <summary>When it failed first; beside <see cref="MessageHeaders.RedeliveryCount"/>, how often it has come back since.</summary>
    public const string FirstFailure = "AutoDev-First-Failure";

    const int LongestStack = 16_000;

    /// <summary>On the endpoint, outside of the outbox.</summary>
    public static void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, IRegistrationContext context, string queue)
    {
        var service = context.GetRequiredService<ServiceWord>();
        var policy = FailurePolicy.Of(context, queue);
        DelayQueue.Declare(endpoint, service.Value, queue, policy.Delays);
        endpoint.AlsoDeclare(ErrorQueue.NameOf(service.Value));
        endpoint.UseRetryInProcess(policy);
        var failed = Of(context, queue, policy);
        endpoint.ConfigureError(pipe => pipe.UseFilter(failed));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(new Unwanted(queue, failed)));
    }

    /// <summary>For what is consumed from this queue, and replayed to it.</summary>
    public static FailedMessage Of(IServiceProvider services, string queue, FailurePolicy policy)
    {
        services.GetRequiredService<ConsumedQueues>().Add(queue);
        return ActivatorUtilities.CreateInstance<FailedMessage>(services, policy, queue);
    }

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var failure = context.Exception;

        // A service that is being stopped blames no message: it stays in its queue.
        if (Failure.KindOf(failure) != FailureKind.Invalid && lifetime.ApplicationStopping.IsCancellationRequested) ExceptionDispatchInfo.Throw(failure);

        var times = Math.Max(0, context.TransportHeaders.Get(MessageHeaders.RedeliveryCount, default(int?)) ?? 0);
        if (!context.IsFaulted) await context.NotifyFaulted(failure);
        var (exchange, headers) = Next(failure, FirstFailureOf(context.TransportHeaders), times, context.ExceptionHeaders.GetAll());
        await context.ForwardAsync(exchange, queue, headers);
        await next.Send(context);
    }

    /// <summary>The same for a message that did not come through MassTransit. Returns when the broker has confirmed the copy.</summary>
    public Task SendAwayAsync(IChannel channel, IReadOnlyBasicProperties properties, Delivery delivery, CancellationToken cancellation)
    {
        var failure = delivery.Failure!;
        var times = int.TryParse(delivery.HeaderOf(MessageHeaders.RedeliveryCount), CultureInfo.InvariantCulture, out var told) ? Math.Max(0, told) : 0;
        var (exchange, headers) = Next(failure, Time(delivery.HeaderOf(FirstFailure)), times,
        [
            new(MessageHeaders.Reason, "fault"), new(MessageHeaders.FaultExceptionType, TypeCache.GetShortName(failure.GetType())),
            new(MessageHeaders.FaultTimestamp, clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)), new(MessageHeaders.FaultStackTrace, failure.StackTrace ?? ""),
        ]);
        return channel.ForwardAsync(properties, delivery.Body, exchange, queue, headers, cancellation);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("failedMessage");

    /// <summary>When a message failed first, where it says so.</summary>
    internal static DateTimeOffset? FirstFailureOf(MassTransit.Headers headers) => Time(headers.Get<string>(FirstFailure));

    static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;

    /// <summary>Where it goes, and what is written on it.</summary>
    (string Exchange, Dictionary<string, object> Headers) Next(Exception failure, DateTimeOffset? firstFailure, int times, IEnumerable<KeyValuePair<string, object>> fault)
    {
        var (kind, now) = (Failure.KindOf(failure), clock.GetUtcNow());
        var first = firstFailure ?? now;
        if (policy.DelayAfter(kind, times, now - first) is { } delay)
        {
            FailureMetrics.Delayed.Add(1, new("queue", queue), new("kind", kind.ToString()));
            logger.LogWarning("A message of {Queue} comes back in {Delay}, for the {Time}. time: {Reason}", queue, delay, times + 1, Failure.InWords(failure));
            return (DelayQueue.NameOf(service.Value, delay), new(StringComparer.Ordinal)
            {
                [MessageHeaders.RedeliveryCount] = times + 1, [FirstFailure] = first.ToString("O", CultureInfo.InvariantCulture),
            });
        }

        FailureMetrics.Dead.Add(1, new("queue", queue), new("kind", kind.ToString()));
        logger.LogError("A message of {Queue} is a dead letter: {Reason}", queue, Failure.InWords(failure));
        return (ErrorQueue.NameOf(service.Value), Obituary(failure, fault, first, times));
    }

    /// <summary>The headers that MassTransit's own error queues have, and the first failure's time.</summary>
    static Dictionary<string, object> Obituary(Exception failure, IEnumerable<KeyValuePair<string, object>> fault, DateTimeOffset first, int times)
    {
        var headers = fault.ToDictionary(h => h.Key, h => h.Value, StringComparer.Ordinal);
        headers[MessageHeaders.FaultMessage] = Failure.InWords(failure);
        if (headers.GetValueOrDefault(MessageHeaders.FaultStackTrace) is string { Length: > LongestStack } stack)
            headers[MessageHeaders.FaultStackTrace] = stack[..LongestStack];
        headers[FirstFailure] = first.ToString("O", CultureInfo.InvariantCulture);
        headers[MessageHeaders.RedeliveryCount] = times;
        return headers.ToDictionary(
            h => h.Key, h => h.Value is int number ? number : (object)Convert.ToString(h.Value, CultureInfo.InvariantCulture)!, StringComparer.Ordinal);
    }

    /// <summary>A message that no consumer of the queue takes is as dead as one that failed.</summary>
    sealed class Unwanted(string queue, FailedMessage failed) : IFilter<ReceiveContext>
    {
        public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
        {
            var type = ReadLetter.TypeAndWorkspace(context.Body.GetBytes()).Type is { } known ? $"the type {known}" : "a type that they do not say";
            var reason = new InvalidMessageException($"No consumer of {queue} takes messages of {type}.");
            return failed.Send(new RescueExceptionReceiveContext(context, reason), Pipe.Empty<ExceptionReceiveContext>());
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("unwanted");
    }
}
