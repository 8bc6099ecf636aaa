using System.Collections.Concurrent;

namespace AutoDev.Memento.Mcp;

/// <summary>This instance's clients that are to be told when their workspace's tools change: sessions, and streams of clients without one.</summary>
sealed class ToolListeners(ILogger<ToolListeners> logger)
{
    // One that does not read holds up nobody.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<Listener, bool> _all = new();

    /// <summary>Tells it until the returned place is given back.</summary>
    public IDisposable Add(string workspace, Func<CancellationToken, Task> tell)
    {
        var listener = new Listener(this, workspace, tell);
        _all[listener] = true;
        return listener;
    }

    /// <summary>Tells those of a workspace.</summary>
    public void Announce(string workspace)
    {
        foreach (var listener in _all.Keys.Where(l => l.Workspace == workspace)) _ = TellAsync(listener);
    }

    /// <summary>Tells all.</summary>
    public void AnnounceAll()
    {
        foreach (var listener in _all.Keys) _ = TellAsync(listener);
    }

    async Task TellAsync(Listener listener)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            await listener.Tell(limit.Token);
        }
        catch (Exception e)
        {
            logger.LogDebug("A client of {Workspace} was not told that its tools changed: {Reason}", listener.Workspace, e.Message);
        }
    }

    sealed class Listener(ToolListeners owner, string workspace, Func<CancellationToken, Task> tell) : IDisposable
    {
        public string Workspace => workspace;

        public Func<CancellationToken, Task> Tell => tell;

        public void Dispose() => owner._all.TryRemove(this, out _);
    }
}
