using System.Diagnostics;
using MassTransit;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>What senders of plain JSON carry is <c>traceparent</c>, which MassTransit does not read: what their message leads to goes on with their trace.</summary>
sealed class JoinSendersTrace(string queue) : IFilter<ConsumeContext>
{
    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        using var activity = Telemetry.ContinueTrace(context.Headers.Get<string>("traceparent"), $"process {queue}", ActivityKind.Consumer, BusMetrics.Of(queue));
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("joinSendersTrace");
}
