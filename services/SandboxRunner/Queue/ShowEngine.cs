using AutoDev.SandboxRunner.Engine;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Queue;

/// <summary><c>GET /workspaces/{workspace}/engine</c>: whether anything runs, why not, and what of the workspace waits for it.</summary>
static class ShowEngine
{
    public static async Task<EngineView> Get(
        string workspace, EngineWatch watch, InstancePresence presence, RequestQueue queue, IOptions<SandboxOptions> options, CancellationToken cancellation)
    {
        // Asked now: what is known of the last check may be older than the outage.
        var isAble = await watch.CheckAsync(cancellation);
        var trouble = watch.Trouble;
        var elsewhere = !isAble && await presence.IsAnyAbleAsync(cancellation);
        var (waiting, running, oldest) = await queue.CountAsync(workspace, cancellation);
        return new(isAble || elsewhere, trouble?.Reason, trouble?.Since, waiting, running, oldest, options.Value.TimeoutSeconds, options.Value.MemoryMb);
    }
}

/// <summary>The engine, and the workspace's part of the queue.</summary>
/// <param name="Available">Some instance can run something.</param>
/// <param name="Reason">Why the instance that answers cannot; <c>null</c> where it can.</param>
/// <param name="Since">Since when it cannot.</param>
/// <param name="Waiting">Requests of the workspace that wait.</param>
/// <param name="Running">Requests of the workspace that run.</param>
/// <param name="OldestWaitsSince">When the one that waits longest came.</param>
/// <param name="TimeoutSeconds">What a run gets that asks for no limit of its own.</param>
/// <param name="MemoryMb">Likewise.</param>
sealed record EngineView(
    bool Available, string? Reason, DateTimeOffset? Since, long Waiting, long Running, DateTimeOffset? OldestWaitsSince, double TimeoutSeconds, int MemoryMb);
