using System.Collections.Concurrent;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>What runs on this instance right now.</summary>
sealed class LiveRequests
{
    readonly ConcurrentDictionary<RequestKey, LiveRequest> _all = new();

    public LiveRequest? Find(RequestKey key) => _all.GetValueOrDefault(key);

    public ICollection<LiveRequest> All => _all.Values;

    /// <summary>From now on it can be watched and ended.</summary>
    public LiveRequest Begin(QueuedRequest request, CancellationToken stop) =>
        _all[request.Key] = new LiveRequest(request.Number, live => _all.TryRemove(new(request.Key, live)), stop);

    /// <summary>Ends it, if it runs here.</summary>
    public void Cancel(long number)
    {
        foreach (var live in All.Where(live => live.Number == number)) live.Cancel();
    }
}

/// <summary>A request that runs on this instance: what was reported so far, and a way to end it.</summary>
sealed class LiveRequest(long number, Action<LiveRequest> ended, CancellationToken stop) : IProgress<Report>, IDisposable
{
    readonly Lock _lock = new();
    readonly List<Report> _calls = [];
    readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its number in the queue.</summary>
    public long Number => number;

    /// <summary>The limits that it runs with, once it does.</summary>
    public RunLimits? Limits { get; set; }

    /// <summary>Cancelled when the service stops or somebody ends the request.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>The calls that have ended.</summary>
    public int Done
    {
        get { lock (_lock) return _calls.Count; }
    }

    public void Report(Report value)
    {
        if (value.Kind != "call") return;
        lock (_lock) _calls.Add(value);
        Pulse();
    }

    /// <summary>The calls from this one on, and a task that ends when there are more or it is over.</summary>
    public (IReadOnlyList<Report> Calls, Task Changed) From(int first)
    {
        var changed = Volatile.Read(ref _changed).Task;
        lock (_lock) return ([.. _calls.Skip(first)], changed);
    }

    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // it ended meanwhile
        }
    }

    public void Dispose()
    {
        ended(this);
        Pulse();
        _cancel.Dispose();
    }

    void Pulse() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
