using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Degraded, but ready: what cannot be delivered is safe in the table, and the service can still take work.</summary>
sealed class OutboxHealth(OutboxMetrics metrics, IOptions<OutboxOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Judge(metrics.Backlog, options.Value.DegradedAfter));

    public static HealthCheckResult Judge(Backlog backlog, TimeSpan degradedAfter)
    {
        if (backlog.Pending == 0) return HealthCheckResult.Healthy();
        var words = $"{backlog.Pending} pending, the oldest for {backlog.Oldest.TotalSeconds:0} s";
        if (backlog.Failing > 0) words += $"; {backlog.Failing} failing: {backlog.Error}";
        return backlog.Oldest >= degradedAfter ? HealthCheckResult.Degraded(words) : HealthCheckResult.Healthy(words);
    }
}
