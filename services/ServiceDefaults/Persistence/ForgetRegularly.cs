using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>Deletes, now and again, what is not needed any more. A time that fails is told as a warning, and the next one makes up for it.</summary>
/// <param name="what">What is forgotten, as the warning begins: "Calls".</param>
/// <param name="interval">Between two times; the first is one interval after the start.</param>
/// <param name="clock">Of the interval.</param>
/// <param name="logger">Of the warning.</param>
public abstract class ForgetRegularly(string what, TimeSpan interval, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>Deletes what is past at this moment.</summary>
    protected abstract Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ForgetAsync(clock.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("{What} are forgotten later: {Reason}", what, e.Message);
            }
        }
    }
}
