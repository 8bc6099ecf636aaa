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
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    string _last = "";
    int _running = 1; // this loop itself

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Whatever ran has been cut off and gives its request back. What does not in time is given back by the end of this instance.
        await _drained.Task.WaitAsync(cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        QueueMetrics.Begin();
        try
        {
            await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken); // then the tables are there
            while (true) await DispatchUntilTroubleAsync(stoppingToken);
        }
        finally
        {
            Ended();
        }
    }

    async Task DispatchUntilTroubleAsync(CancellationToken stop)
    {
        try
        {
            await DispatchAsync(stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            logger.LogWarning("Requests cannot be taken up at the moment: {Reason}", e.Message);
            await signal.WaitAsync(Look, stop);
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
            Interlocked.Increment(ref _running);
            _ = RunAsync(next, stop);
            if (_slots.CurrentCount == 0 && await queue.IsWaitingAsync(stop)) presence.CallOthers();
        }
    }

    async Task RunAsync(QueuedRequest request, CancellationToken stop)
    {
        var slot = new Once(() => _slots.Release());
        await Task.Yield();
        try
        {
            // While the answer is written, the next may run.
            await runner.RunAsync(request, slot.Do, stop);
        }
        catch (Exception e)
        {
            logger.LogError(e, "Run {Run} could neither be answered nor given back", request.Id);
        }
        finally
        {
            slot.Do();
            Ended();
        }
    }

    void Ended()
    {
        if (Interlocked.Decrement(ref _running) == 0) _drained.TrySetResult();
    }

    sealed class Once(Action action)
    {
        Action? _action = action;

        public void Do() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
