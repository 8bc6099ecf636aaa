using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Ready when a run could start.</summary>
sealed class EngineHealth(ISandboxEngine engine) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await engine.CheckAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (SandboxUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
