using System.Collections.Concurrent;
using Marten;
using Npgsql;

namespace AutoDev.Memento.Mcp;

/// <summary>
/// What all instances hear at the moment of a commit, by PostgreSQL's notifications: a call was answered, a workspace's tools changed. What may have been missed while
/// the connection was lost is made up for: whoever waits looks again, and every client is told that its tools may have changed.
/// </summary>
sealed class InstanceSignals(IDocumentStore store, ToolListeners listeners, ILogger<InstanceSignals> logger) : BackgroundService
{
    /// <summary>Of an answered call, by its id.</summary>
    public const string Call = "memento_mcp_call";

    /// <summary>Of tools that changed, by their workspace.</summary>
    public const string Tools = "memento_mcp_tools";

    static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>Sends a signal with the session's commit.</summary>
    public static void Send(IDocumentSession session, string channel, string what) => session.QueueSqlCommand("select pg_notify(?, ?)", channel, what);

    /// <summary>Begins to wait for a call's answer; before the call is made, so that no answer is too fast.</summary>
    public Waiting WaitFor(Guid call) => new(this, call.ToString());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Signals of other instances are not heard: {Reason}", e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }

    async Task ListenAsync(CancellationToken stop)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(stop);
        connection.Notification += (_, signal) =>
        {
            if (signal.Channel == Tools) listeners.Announce(signal.Payload);
            else if (_waiting.TryGetValue(signal.Payload, out var waiting)) waiting.TrySetResult();
        };
        try
        {
            await ExecuteAsync(connection, $"listen {Call}; listen {Tools}", stop);
            listeners.AnnounceAll();
            foreach (var waiting in _waiting.Values) waiting.TrySetResult();
            while (true)
            {
                if (!await connection.WaitAsync(Beat, stop)) await ExecuteAsync(connection, "select 1", stop);
            }
        }
        finally
        {
            // Back in the pool it would go on listening.
            if (connection.State == System.Data.ConnectionState.Open) await ExecuteAsync(connection, "unlisten *", CancellationToken.None);
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>A place in the list of those who wait.</summary>
    public sealed class Waiting : IDisposable
    {
        readonly InstanceSignals _signals;
        readonly string _key;

        internal Waiting(InstanceSignals signals, string key)
        {
            (_signals, _key) = (signals, key);
            signals._waiting[key] = NewSource();
        }

        /// <summary>Returns when there may be an answer, and after so long in any case.</summary>
        public async Task AWhileAsync(TimeSpan longest, CancellationToken cancellation)
        {
            var signal = _signals._waiting[_key].Task;
            if (await Task.WhenAny(signal, Task.Delay(longest, cancellation)) == signal) _signals._waiting[_key] = NewSource();
            cancellation.ThrowIfCancellationRequested();
        }

        public void Dispose() => _signals._waiting.TryRemove(_key, out _);

        static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
