using AutoDev.SandboxRunner.Engine;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Starts what waits, as many at once as the setting says, the workspaces in turn. Any number of instances may do so at once.</summary>
sealed class Dispatcher(
    RequestQueue queue, RequestRunner runner, InstancePresence presence, EngineWatch engine, QueueSignal signal, IBusControl bus,
    IOptions<SandboxOptions> options, ILogger<Dispatcher> logger) : BackgroundService
{
    /// <summary>What no signal tells is found after this time: a pause that is over, another instance's backlog.</summary>
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _slots = new(options.Value.Slots);
    string _last = "";

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Whatever ran has been cut off, and gives its request back; then there is nothing left to do here.
        for (var i = 0; i < options.Value.Slots; i++) await _slots.WaitAsync(cancellationToken);
        _slots.Release(options.Value.Slots); // a host may stop its services twice
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken); // then the tables are there
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DispatchAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Requests cannot be taken up at the moment: {Reason}", e.Message);
                await signal.WaitAsync(Look, stoppingToken);
            }
        }
    }

    async Task DispatchAsync(CancellationToken stop)
    {
        await engine.CheckAsync(stop);
        while (true)
        {
            await presence.IsHeldAsync(stop);
            await _slots.WaitAsync(stop);
            QueuedRequest? next = null;
            try
            {
                if (engine.Trouble is null || await engine.CheckAsync(stop)) next = await queue.ClaimAsync(presence.Key, _last, stop);
            }
            finally
            {
                if (next is null) _slots.Release();
            }

            if (next is null)
            {
                // Two instances that reach for the last request of one workspace: the other workspaces' still wait.
                if (engine.Trouble is not null || !await queue.IsWaitingAsync(stop)) await signal.WaitAsync(Look, stop);
                continue;
            }

            _last = next.WorkspaceId;
            _ = RunAsync(next, stop);
        }
    }

    async Task RunAsync(QueuedRequest request, CancellationToken stop)
    {
        try
        {
            await Task.Yield();
            await runner.RunAsync(request, stop);
        }
        catch (Exception e)
        {
            // The request is still this instance's, and this instance lives: without a word it would stay so.
            logger.LogError(e, "Run {Run} could neither be answered nor given back", request.Id);
        }
        finally
        {
            _slots.Release();
        }
    }
}
