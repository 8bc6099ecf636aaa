using System.Globalization;
using MassTransit;
using MassTransit.RabbitMqTransport.Configuration;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Where messages wait for their next attempt: one quorum queue for each delay of the service, whose messages expire after it and go back, by the broker itself,
/// to the queue that their routing key names. A delay that is set otherwise makes a queue of another name; the old one empties itself.
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
        return string.Create(CultureInfo.InvariantCulture, $"{service}_delay_{count}{unit}");
    }

    /// <summary>Declared with the endpoint, when it starts.</summary>
    public static void Declare(IRabbitMqReceiveEndpointConfigurator endpoint, string service, IEnumerable<TimeSpan> delays)
    {
        foreach (var delay in delays.Distinct())
        {
            var name = NameOf(service, delay);
            endpoint.AlsoDeclare(name, queue =>
            {
                queue.SetQueueArgument("x-message-ttl", (long)Math.Ceiling(delay.TotalMilliseconds));
                queue.SetQueueArgument("x-dead-letter-exchange", ""); // the default exchange: the routing key is a queue's name

                // The broker keeps an expired message until the other queue has confirmed it; that asks for reject-publish.
                queue.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
                queue.SetQueueArgument("x-overflow", "reject-publish");
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
