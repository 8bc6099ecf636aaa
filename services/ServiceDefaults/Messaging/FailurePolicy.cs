using MassTransit;
using ConcurrencyException = JasperFx.ConcurrencyException;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>What happens to a message whose consumer failed. At the end stands the error queue, with the reason in its headers.</summary>
static class FailurePolicy
{
    static readonly TimeSpan[] Overtaken = [.. new[] { 0.2, 0.5, 1, 3 }.Select(TimeSpan.FromSeconds)];
    static readonly TimeSpan[] Outage = [.. new[] { 0.2, 1, 3, 10, 30, 60 }.Select(TimeSpan.FromSeconds)];

    /// <summary>On the endpoint, outside of the outbox: every attempt gets a new scope and session.</summary>
    public static void UseFailurePolicy(this IReceiveEndpointConfigurator endpoint)
    {
        endpoint.UseMessageRetry(retry =>
        {
            retry.Ignore<InvalidMessageException>();
            retry.Ignore<NotYetKnownException>();
            retry.Ignore<ConcurrencyException>();
            retry.Intervals(Outage);
        });
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<NotYetKnownException>();
            retry.Intervals(Overtaken);
        });
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<ConcurrencyException>();
            retry.Immediate(10);
        });
    }
}
