using System.Globalization;
using MassTransit;
using MassTransit.RabbitMqTransport.Configuration;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Where messages wait for their next attempt: one quorum queue for each delay of the service, whose messages expire after it and go back, by the broker itself,
/// to the queue that their routing key names. A delay that is set otherwise makes a queue of another name; the old one empties itself. The way back is an exchange of
/// the service's own: whoever may use the default exchange may write into every queue of the broker.
/// </summary>
static class DelayQueue
{
    /// <summary>The name of the queue, and of the exchange that fills it.</summary>
    public static string NameOf(string service, TimeSpan delay)
    {
        var (count, unit) = delay switch
        {
            _ when delay.Ticks % TimeSpan.TicksPerMinute == 0 => (delay.TotalMinutes, "m"),
            _ when delay.Ticks % TimeSpan.TicksPerSecond == 0 => (delay.TotalSeconds, "s"),
            _ => (Math.Ceiling(delay.TotalMilliseconds), "ms"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{service}_wait_{count}{unit}");
    }

    /// <summary>The exchange by which messages come back; every queue of the service is bound to it by its name.</summary>
    public static string ReturnOf(string service) => $"{service}_return";

    /// <summary>Declared with the endpoint, when it starts.</summary>
    public static void Declare(IRabbitMqReceiveEndpointConfigurator endpoint, string service, string queue, IEnumerable<TimeSpan> delays)
    {
        endpoint.Bind(ReturnOf(service), exchange =>
        {
            exchange.ExchangeType = RabbitMQ.Client.ExchangeType.Direct;
            exchange.Durable = true;
            exchange.RoutingKey = queue;
        });
        foreach (var delay in delays.Distinct())
        {
            var name = NameOf(service, delay);
            endpoint.AlsoDeclare(name, waiting =>
            {
                waiting.SetQueueArgument("x-message-ttl", (long)Math.Ceiling(delay.TotalMilliseconds));
                waiting.SetQueueArgument("x-dead-letter-exchange", ReturnOf(service));

                // The broker keeps an expired message until the other queue has confirmed it; that asks for reject-publish.
                waiting.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
                waiting.SetQueueArgument("x-overflow", "reject-publish");
            });
        }
    }

    /// <summary>A durable quorum queue with a fanout exchange of its name, declared before the endpoint starts.</summary>
    public static void AlsoDeclare(this IRabbitMqReceiveEndpointConfigurator endpoint, string name, Action<IRabbitMqQueueBindingConfigurator>? configure = null) =>
        ((IRabbitMqEndpointConfiguration)endpoint).Topology.Consume.BindQueue(name, name, queue =>
        {
            queue.Durable = true;
            queue.AutoDelete = false;
            queue.ExchangeType = RabbitMQ.Client.ExchangeType.Fanout;
            queue.SetQuorumQueue(1);
            configure?.Invoke(queue);
        });
}
