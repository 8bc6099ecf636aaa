using System.Globalization;
using System.Runtime.ExceptionServices;
using AutoDev.ServiceDefaults.DeadLetters;
using MassTransit;
using MassTransit.Middleware.Rescue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

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
        context.GetRequiredService<ConsumedQueues>().Add(queue);
        DelayQueue.Declare(endpoint, service.Value, policy.Delays);
        endpoint.AlsoDeclare(ErrorQueue.NameOf(service.Value));
        endpoint.UseRetryInProcess(policy);
        var failed = new FailedMessage(
            policy, service, queue, context.GetRequiredService<TimeProvider>(), context.GetRequiredService<IHostApplicationLifetime>(),
            context.GetRequiredService<ILogger<FailedMessage>>());
        endpoint.ConfigureError(pipe => pipe.UseFilter(failed));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(new Unwanted(queue, failed)));
    }

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var (failure, now) = (context.Exception, clock.GetUtcNow());
        var kind = Failure.KindOf(failure);

        // A service that is being stopped blames no message: it stays in its queue.
        if (kind != FailureKind.Invalid && lifetime.ApplicationStopping.IsCancellationRequested) ExceptionDispatchInfo.Throw(failure);

        var first = FirstFailureOf(context.TransportHeaders) ?? now;
        var times = Math.Max(0, context.TransportHeaders.Get(MessageHeaders.RedeliveryCount, default(int?)) ?? 0);
        if (!context.IsFaulted) await context.NotifyFaulted(failure);
        if (policy.DelayAfter(kind, times, now - first) is { } delay)
        {
            await context.ForwardAsync(DelayQueue.NameOf(service.Value, delay), queue,
                [new(MessageHeaders.RedeliveryCount, times + 1), new(FirstFailure, first.ToString("O", CultureInfo.InvariantCulture))]);
            FailureMetrics.Delayed.Add(1, new("queue", queue), new("kind", kind.ToString()));
            logger.LogWarning("A message of {Queue} comes back in {Delay}, for the {Time}. time: {Reason}", queue, delay, times + 1, Failure.InWords(failure));
        }
        else
        {
            await context.ForwardAsync(ErrorQueue.NameOf(service.Value), queue, Obituary(context, first, times));
            FailureMetrics.Dead.Add(1, new("queue", queue), new("kind", kind.ToString()));
            logger.LogError("A message of {Queue} is a dead letter: {Reason}", queue, Failure.InWords(failure));
        }

        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("failedMessage");

    /// <summary>When a message failed first, where it says so.</summary>
    internal static DateTimeOffset? FirstFailureOf(Headers headers) =>
        DateTimeOffset.TryParse(headers.Get<string>(FirstFailure), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var first)
            ? first.ToUniversalTime()
            : null;

    /// <summary>The headers that MassTransit's own error queues have, and the first failure's time.</summary>
    static Dictionary<string, object> Obituary(ExceptionReceiveContext context, DateTimeOffset first, int times)
    {
        var headers = context.ExceptionHeaders.GetAll().ToDictionary(h => h.Key, h => h.Value, StringComparer.Ordinal);
        headers[MessageHeaders.FaultMessage] = Failure.InWords(context.Exception);
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
