using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Whether this instance's engine takes runs, and since when not.</summary>
sealed class EngineWatch(ISandboxEngine engine, InstancePresence presence, TimeProvider clock, ILogger<EngineWatch> logger)
{
    Outage? _trouble;

    /// <summary>Why nothing runs here; <c>null</c> while all is well.</summary>
    public Outage? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Asks the engine; <c>true</c> if a run could start.</summary>
    public async Task<bool> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            await engine.CheckAsync(cancellation);
            if (Interlocked.Exchange(ref _trouble, null) is { } over) logger.LogInformation("The sandbox is back after {Elapsed}", clock.GetUtcNow() - over.Since);
            presence.Able = true;
        }
        catch (SandboxUnavailableException e)
        {
            if (Trouble is null) logger.LogError("The sandbox is away, requests wait: {Reason}", e.Message);
            Volatile.Write(ref _trouble, new Outage(Trouble?.Since ?? clock.GetUtcNow(), e.Message));
            presence.Able = false;
        }

        QueueMetrics.Engine(Trouble is null);
        return Trouble is null;
    }
}

/// <summary>The engine is away.</summary>
sealed record Outage(DateTimeOffset Since, string Reason);
