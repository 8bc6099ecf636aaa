using System.Globalization;
using System.Security.Cryptography;
using Marten;
using Npgsql;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>
/// Says that this instance lives, by advisory locks on one connection: a process that is killed loses them at that moment, and the others take over what it ran.
/// On the same connection it hears what other instances call.
/// </summary>
sealed class InstancePresence(IDocumentStore store, QueueSignal signal, LiveRequests live, ILogger<InstancePresence> logger) : BackgroundService
{
    const int AliveClass = 0x5A_4E_D8_01;
    const int AbleClass = 0x5A_4E_D8_02;
    const string Channel = "sandbox_queue";

    static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(50);

    TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _calling;

    /// <summary>Selects the keys of the instances that live.</summary>
    public static string AliveSql { get; } = $"select l.objid::bigint::integer from pg_locks l where {Held(AliveClass)}";

    /// <summary>Tells whether any instance's engine works.</summary>
    static string AbleSql { get; } = $"select exists (select from pg_locks l where {Held(AbleClass)})";

    /// <summary>The mark of this instance on what it runs.</summary>
    public int Key { get; } = RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Whether this instance could run something; within a second the others know.</summary>
    public bool Able { get; set; }

    /// <summary>Returns when the others can see that this instance lives. Before, nothing may be claimed: it would be taken away again.</summary>
    public Task IsHeldAsync(CancellationToken cancellation) => Volatile.Read(ref _held).Task.WaitAsync(cancellation);

    /// <summary>Ends a request on whichever instance runs it.</summary>
    public Task CancelAsync(long request, CancellationToken cancellation) => CallAsync(request.ToString(CultureInfo.InvariantCulture), cancellation);

    /// <summary>
    /// Tells the others that more waits than this instance can take up. The broker shares messages out without a look at who is busy. Now and then only: PostgreSQL commits
    /// one notification at a time, and what is not told is found within a second.
    /// </summary>
    public void CallOthers()
    {
        if (Interlocked.Exchange(ref _calling, 1) == 0) _ = Call();

        async Task Call()
        {
            try
            {
                await CallAsync("", CancellationToken.None);
                await Task.Delay(BetweenCalls);
            }
            catch (Exception e)
            {
                logger.LogDebug("Other instances could not be called: {Reason}", e.Message);
            }
            finally
            {
                Volatile.Write(ref _calling, 0);
            }
        }
    }

    /// <summary>Whether some instance's engine works.</summary>
    public async Task<bool> IsAnyAbleAsync(CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(AbleSql, connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var pause = new PeriodicTimer(Beat);
        do
        {
            try
            {
                await HoldAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("This instance cannot say that it lives: {Reason}", e.Message);
            }
            finally
            {
                if (_held.Task.IsCompleted) Volatile.Write(ref _held, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
        while (await pause.WaitForNextTickAsync(stoppingToken));
    }

    async Task HoldAsync(CancellationToken stop)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(stop);
        connection.Notification += (_, call) => Heed(call.Payload);
        try
        {
            // A host that vanished without a word is given up after 25 seconds; a process that died, at once.
            await ExecuteAsync(connection,
                $"""
                 set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
                 select pg_advisory_lock({AliveClass}, {Key}); listen {Channel}
                 """, stop);
            _held.TrySetResult();
            for (var saidAble = false; ;)
            {
                if (Able != saidAble)
                {
                    await ExecuteAsync(connection, $"select pg_advisory_{(Able ? "lock" : "unlock")}_shared({AbleClass}, 0)", stop);
                    saidAble = !saidAble;
                }

                if (!await connection.WaitAsync(Beat, stop)) await ExecuteAsync(connection, "select 1", stop);
            }
        }
        finally
        {
            // Back in the pool it would keep them.
            if (connection.State == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, "select pg_advisory_unlock_all(); unlisten *", CancellationToken.None);
        }
    }

    void Heed(string call)
    {
        if (long.TryParse(call, CultureInfo.InvariantCulture, out var request)) live.Cancel(request);
        else signal.Wake();
    }

    async Task CallAsync(string what, CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_notify('{Channel}', '{what}')", cancellation);
    }

    static string Held(int @class) =>
        $"l.locktype = 'advisory' and l.classid::bigint::integer = {@class} and l.objsubid = 2 and l.granted "
        + "and l.database = (select oid from pg_database where datname = current_database())";

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
