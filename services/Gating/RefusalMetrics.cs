using System.Diagnostics;
using System.Diagnostics.Metrics;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.Gating;

/// <summary>What gates and quotas refuse.</summary>
static class RefusalMetrics
{
    static readonly Meter Meter = new(Telemetry.Source.Name);
    static readonly Counter<long> Refusals = Meter.CreateCounter<long>("autodev.gate.refusals", "{refusal}", "What a gate or a quota refused, by capability and reason");

    public static void AddTo(IServiceCollection services) =>
        services.Count<GateRefused>(Refusals, m => new TagList { { "capability", m.Capability }, { "reason", m.Reason } });
}
