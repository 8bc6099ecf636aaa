using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>Ready when every queue is consumed. MassTransit's own check calls a service that lost its broker degraded only, which a probe takes for ready.</summary>
sealed class BusHealth(IBusControl bus, Broker broker) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = bus.CheckHealth();
        return Task.FromResult(health.Status == BusHealthStatus.Healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(broker.Refusal ?? health.Description, health.Exception));
    }
}
