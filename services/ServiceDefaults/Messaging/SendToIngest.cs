using System.Diagnostics;
using MassTransit;
using MassTransit.Serialization;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>Says what an agent would say, by the agents' own way.</summary>
public static class SendToIngest
{
    static readonly Uri Exchange = new($"exchange:{Bus.IngestExchange}?type=topic");

    /// <summary>Sends a report as plain JSON to the ingest exchange, with the scope's commit.</summary>
    public static async Task SendToIngestAsync<T>(this ISendEndpointProvider bus, string routingKey, T report, CancellationToken cancellation)
        where T : class
    {
        var endpoint = await bus.GetSendEndpoint(Exchange);
        await endpoint.Send(
            report,
            context =>
            {
                context.Serializer = new SystemTextJsonRawMessageSerializer(RawSerializerOptions.AnyMessageType);
                context.SetRoutingKey(routingKey);
                if (Activity.Current?.Id is { } trace) context.Headers.Set("traceparent", trace);
            },
            cancellation);
    }
}
