using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// Ends a process whose bus does not come back although its broker is there, with exit code 75 (EX_TEMPFAIL of sysexits.h): whoever runs it starts it again.
/// A connection that is lost at the wrong moment of an endpoint's start can leave MassTransit waiting for ever, through a stop and a second start of the bus too.
/// </summary>
sealed class StuckBus(IBusControl bus, Broker broker, IConfiguration configuration, IHostApplicationLifetime lifetime, ServiceWord service, ILogger<StuckBus> logger) : BackgroundService
{
    public const int ExitCode = 75;

    /// <summary>Seconds; above the half minute that MassTransit itself waits between two attempts.</summary>
    public const string Setting = "Messaging:StuckSeconds";

    const int PatienceSeconds = 75;
    static readonly TimeSpan Watch = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var patience = TimeSpan.FromSeconds(configuration.GetValue(Setting, PatienceSeconds));
        var asking = broker.Factory($"{service} asks whether the broker answers");
        asking.RequestedConnectionTimeout = asking.ContinuationTimeout = Watch;
        for (var stuck = TimeSpan.Zero; stuck < patience; stuck += Watch)
        {
            await Task.Delay(Watch, stoppingToken);
            if (bus.CheckHealth().Status == BusHealthStatus.Healthy || !await AnswersAsync(asking, stoppingToken)) stuck = TimeSpan.Zero;
        }

        logger.LogCritical("{Service} ends: its broker answers, but its bus has not come back for {Patience}; {Reason}", service, patience, bus.CheckHealth().Description);
        Environment.ExitCode = ExitCode;
        lifetime.StopApplication();
    }

    static async Task<bool> AnswersAsync(ConnectionFactory broker, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await broker.CreateConnectionAsync(cancellation);
            return true;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
