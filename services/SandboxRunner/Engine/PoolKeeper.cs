namespace AutoDev.SandboxRunner.Engine;

/// <summary>Keeps the pool filled while the service runs, and empties it when the service ends.</summary>
sealed class PoolKeeper(SandboxPool pool, ISandboxEngine engine, TimeProvider clock, ILogger<PoolKeeper> logger) : BackgroundService
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await pool.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = TimeSpan.Zero; ;)
        {
            try
            {
                await engine.CheckAsync(stoppingToken);
                await pool.TendAsync(stoppingToken);
                if (pause > TimeSpan.Zero) logger.LogInformation("Sandbox containers can be made again");
                pause = TimeSpan.Zero;
                await pool.WaitAsync(LookAgain, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (pause == TimeSpan.Zero) logger.LogWarning("No sandbox container can be made: {Reason}", e.Message);
                pause = pause == TimeSpan.Zero ? LookAgain : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
    }
}
