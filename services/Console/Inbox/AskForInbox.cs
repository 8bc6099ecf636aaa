using System.Security.Claims;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>
/// Where nothing waits at the start, the inbox is empty, new, or was lost: what waits is asked for. If nothing does, nothing is answered.
/// <c>POST /api/console/restate</c> asks whenever an administrator of the installation wants it.
/// </summary>
sealed class AskForInbox(IServiceProvider services, IBusControl bus, ServiceWord service, ILogger<AskForInbox> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public static async Task<IResult> Handle(IDocumentSession session, IPublishEndpoint bus, ClaimsPrincipal caller, CancellationToken cancellation)
    {
        await AskAsync(bus, caller.Actor(), cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Accepted((string?)null);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        for (var asked = false; !asked;)
        {
            try
            {
                await AskIfEmptyAsync(stoppingToken);
                asked = true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning("What waits for a person could not be asked for, trying again in {Pause}: {Reason}", Pause, e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }

    async Task AskIfEmptyAsync(CancellationToken stoppingToken)
    {
        await using var scope = services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        if (await session.Query<InboxItem>().Where(i => i.AnyTenant() && i.IsWaiting).AnyAsync(stoppingToken)) return;
        await AskAsync(scope.ServiceProvider.GetRequiredService<IPublishEndpoint>(), service.Value, stoppingToken);
        await session.SaveChangesAsync(stoppingToken);
    }

    static async Task AskAsync(IPublishEndpoint bus, string by, CancellationToken cancellation)
    {
        await bus.Publish(new RestateCandidates { RequestedBy = by }, cancellation);
        await bus.Publish(new RestateMutations { RequestedBy = by }, cancellation);
    }
}
