using System.Collections.Concurrent;

namespace AutoDev.Memento.Mcp;

/// <summary>What is open on this instance for each caller: sessions, and streams of clients without one.</summary>
sealed class OpenSessions
{
    readonly ConcurrentDictionary<string, OpenSession> _all = new(StringComparer.Ordinal);

    /// <summary>How many a caller has.</summary>
    public int CountOf(string workspace, string key) => _all.Values.Count(open => open.Workspace == workspace && open.Key == key);

    /// <summary>The session of this id; <c>null</c> where this instance does not know it.</summary>
    public OpenSession? Find(string id) => _all.GetValueOrDefault(id);

    /// <summary>Counts one until it is given back.</summary>
    public OpenSession Add(string id, string workspace, string key) => _all[id] = new(this, id, workspace, key);

    /// <summary>One of them.</summary>
    public sealed class OpenSession(OpenSessions owner, string id, string workspace, string key) : IDisposable
    {
        bool _hadStream;

        public string Workspace => workspace;

        public string Key => key;

        /// <summary>Whether this is the first time that its client listens.</summary>
        public bool TakeStream() => !Interlocked.Exchange(ref _hadStream, true);

        public void Dispose() => owner._all.TryRemove(new(id, this));
    }
}
