using Docker.DotNet;
using Docker.DotNet.Models;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>
/// The live containers of this instance. Warm ones have served nobody; one that is leased serves its workspace until the lease ends and is then destroyed.
/// Between two requests of its workspace it waits a short time.
/// </summary>
sealed class SandboxPool(IDockerClient docker, IOptions<SandboxOptions> options, TimeProvider clock, ILogger<SandboxPool> logger) : IAsyncDisposable
{
    static readonly TimeSpan ClosingTakesAtMost = TimeSpan.FromSeconds(20);

    readonly SandboxOptions _options = options.Value;
    readonly Lock _gate = new();
    readonly Queue<SandboxContainer> _warm = new();
    readonly List<SandboxContainer> _idle = [];
    readonly SemaphoreSlim _wanted = new(0, 1);
    TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _live, _filling;
    bool _closed;

    /// <summary>Written on every container of this pool.</summary>
    public string Instance { get; } = Guid.NewGuid().ToString("n");

    ContainerLimits DefaultLimits => RunLimits.Of(null, _options).Container;

    /// <summary>A container for a workspace: the one that waits for it, else a warm one, else a new one.</summary>
    /// <param name="workspace">The tenant.</param>
    /// <param name="purpose">What for.</param>
    /// <param name="limits">What it must hold; a container with other limits is given these, or not used.</param>
    /// <param name="alone">It is to have served no request.</param>
    /// <param name="needed">How long it will be needed.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<SandboxContainer> LeaseAsync(
        string workspace, Purpose purpose, ContainerLimits limits, bool alone, TimeSpan needed, CancellationToken cancellation)
    {
        while (true)
        {
            var container = await TakeAsync(workspace, purpose, limits, alone, needed, cancellation);
            var good = false;
            try
            {
                container.Lease(workspace, purpose);
                good = container.Limits == limits || await container.LimitAsync(limits, cancellation);
                if (good) return container;
            }
            finally
            {
                if (!good) Destroy(container);
            }
        }
    }

    /// <summary>Takes a container back that <see cref="LeaseAsync"/> gave.</summary>
    /// <param name="container">The container.</param>
    /// <param name="again">It may wait for its workspace's next request; otherwise it ends here.</param>
    public void Return(SandboxContainer container, bool again)
    {
        lock (_gate)
        {
            if (again && !_closed && container.Requests < _options.LeaseRequests && _options.LeaseIdleSeconds > 0)
            {
                container.IdleSince = clock.GetTimestamp();
                _idle.Add(container);
                SignalFreed();
                return;
            }
        }

        Destroy(container);
    }

    /// <summary>Ends what is over, and makes warm containers until there are enough, in the background.</summary>
    /// <returns>When the last of those that it began is warm.</returns>
    public Task TendAsync(CancellationToken cancellation)
    {
        List<SandboxContainer> over = [];
        lock (_gate)
        {
            over.AddRange(_idle.Where(c => clock.GetElapsedTime(c.IdleSince).TotalSeconds >= _options.LeaseIdleSeconds));
            _idle.RemoveAll(over.Contains);
            while (_warm.TryPeek(out var oldest) && !LivesFor(oldest, TimeSpan.FromSeconds(_options.ContainerSeconds / 2))) over.Add(_warm.Dequeue());
        }

        over.ForEach(Destroy);
        return FillAsync(cancellation);
    }

    /// <summary>Returns when a warm container is missing, or after a while.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken cancellation) => _wanted.WaitAsync(most, cancellation);

    /// <summary>Forgets containers that the engine no longer has, as after its restart.</summary>
    public async Task PruneAsync(CancellationToken cancellation)
    {
        var there = (await docker.Containers.ListContainersAsync(ListOf($"{HardenedContainer.InstanceLabel}={Instance}", all: false), cancellation))
            .Select(c => c.ID).ToHashSet(StringComparer.Ordinal);
        Drop(c => !there.Contains(c.Id));
    }

    /// <summary>Destroys every container that nobody uses at the moment.</summary>
    public void Drop(Func<SandboxContainer, bool> which)
    {
        List<SandboxContainer> gone;
        lock (_gate)
        {
            gone = [.. _warm.Concat(_idle).Where(which)];
            var kept = _warm.Where(c => !gone.Contains(c)).ToList();
            _warm.Clear();
            kept.ForEach(_warm.Enqueue);
            _idle.RemoveAll(gone.Contains);
        }

        gone.ForEach(Destroy);
    }

    internal static ContainersListParameters ListOf(string label, bool all) => new()
    {
        All = all,
        Filters = new Dictionary<string, IDictionary<string, bool>>(StringComparer.Ordinal)
        {
            ["label"] = new Dictionary<string, bool>(StringComparer.Ordinal) { [label] = true },
        },
    };

    /// <summary>How many are warm, wait for their workspace, and live at all.</summary>
    internal (int Warm, int Idle, int Live) Count()
    {
        lock (_gate) return (_warm.Count, _idle.Count, _live);
    }

    /// <summary>Returns when every container is gone, those too that somebody still uses and will give back soon.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _closed = true;
        Drop(_ => true);
        while (true)
        {
            Task freed;
            lock (_gate)
            {
                if (_live == 0) return;
                freed = _freed.Task;
            }

            try
            {
                await freed.WaitAsync(ClosingTakesAtMost, clock);
            }
            catch (TimeoutException)
            {
                logger.LogWarning("Sandbox containers are left to the engine, which removes them when their streams end");
                return;
            }
        }
    }

    async Task<SandboxContainer> TakeAsync(
        string workspace, Purpose purpose, ContainerLimits limits, bool alone, TimeSpan needed, CancellationToken cancellation)
    {
        while (true)
        {
            SandboxContainer? over = null;
            Task? freed = null;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (!alone && TakeIdle(c => c.Workspace == workspace && c.Purpose == purpose && LivesFor(c, needed), limits) is { } waiting) return waiting;
                if (_warm.TryDequeue(out var warm))
                {
                    if (_wanted.CurrentCount == 0) _wanted.Release();
                    if (LivesFor(warm, needed)) return warm;
                    over = warm;
                }
                else if (_live < _options.MaxContainers)
                {
                    _live++;
                    break;
                }
                else if (_idle.Count > 0)
                {
                    // The oldest lease that nobody uses makes room.
                    over = _idle[0];
                    _idle.RemoveAt(0);
                }
                else
                {
                    freed = _freed.Task;
                }
            }

            if (over is not null) Destroy(over);
            if (freed is not null) await freed.WaitAsync(cancellation);
        }

        return await MakeAsync(limits, cancellation);
    }

    SandboxContainer? TakeIdle(Predicate<SandboxContainer> serves, ContainerLimits limits)
    {
        var at = _idle.FindLastIndex(c => serves(c) && c.Limits == limits);
        if (at < 0) at = _idle.FindLastIndex(serves);
        if (at < 0) return null;
        var found = _idle[at];
        _idle.RemoveAt(at);
        return found;
    }

    Task FillAsync(CancellationToken cancellation)
    {
        var workers = _options.RefillWorkers is > 0 and var set ? set : Math.Max(1, Environment.ProcessorCount - 1);
        List<Task> begun = [];
        lock (_gate)
        {
            while (!_closed && _filling < workers && _warm.Count + _filling < _options.WarmContainers && _live < _options.MaxContainers)
            {
                _filling++;
                _live++;
                begun.Add(FillOneAsync(cancellation));
            }
        }

        return Task.WhenAll(begun);
    }

    async Task FillOneAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        SandboxContainer? made = null;
        try
        {
            made = await MakeAsync(DefaultLimits, cancellation);
        }
        finally
        {
            bool kept;
            lock (_gate)
            {
                _filling--;
                kept = made is not null && !_closed;
                if (kept) _warm.Enqueue(made!);
                if (kept) SignalFreed();
                if (_wanted.CurrentCount == 0 && kept) _wanted.Release();
            }

            if (made is not null && !kept) Destroy(made);
        }
    }

    /// <summary>Its place among the live ones is taken before.</summary>
    async Task<SandboxContainer> MakeAsync(ContainerLimits limits, CancellationToken cancellation)
    {
        try
        {
            var expires = clock.GetUtcNow().AddSeconds(_options.ContainerSeconds);
            return await SandboxContainer.StartAsync(docker, _options, limits, Instance, expires, logger, cancellation);
        }
        catch
        {
            lock (_gate)
            {
                _live--;
                SignalFreed();
            }

            throw;
        }
    }

    void Destroy(SandboxContainer container)
    {
        _ = Task.Run(async () =>
        {
            await container.DisposeAsync();
            lock (_gate)
            {
                _live--;
                SignalFreed();
                if (_wanted.CurrentCount == 0) _wanted.Release();
            }
        });
    }

    void SignalFreed()
    {
        _freed.TrySetResult();
        _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    bool LivesFor(SandboxContainer container, TimeSpan needed) => container.Expires - clock.GetUtcNow() > needed;
}
