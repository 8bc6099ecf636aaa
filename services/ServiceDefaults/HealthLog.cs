using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace AutoDev.ServiceDefaults;

/// <summary>Writes into the service's log when it stops being healthy, why, and when it is healthy again; once each, whoever else asks.</summary>
sealed class HealthLog(ServiceWord service, ILogger<HealthLog> logger) : IHealthCheckPublisher
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    string _last = "";

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        // What is wrong, not how wrong: a backlog that grows is told once.
        var troubles = report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).ToList();
        var (before, now) = (_last, string.Join(", ", troubles.Select(e => $"{e.Key} is {e.Value.Status.ToString().ToLowerInvariant()}")));
        _last = now;
        if (now == before) return Task.CompletedTask;
        if (troubles.Count == 0) logger.LogInformation("{Service} is healthy", service);
        else logger.LogWarning("{Service}: {Troubles}; {Reasons}", service, now, string.Join("; ", troubles.Select(e => e.Value.Description ?? e.Value.Exception?.Message)));
        return Task.CompletedTask;
    }
}
