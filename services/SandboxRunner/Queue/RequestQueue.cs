using System.Text.Json.Serialization;
using AutoDev.SandboxRunner.Engine;
using Marten;
using Marten.Services;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>
/// The requests of all workspaces, durable and shared by all instances. A request is free, or owned by the instance that runs it; the owner's mark is worth
/// something only as long as <see cref="InstancePresence"/> says that the instance lives.
/// </summary>
sealed class RequestQueue(
    IDocumentStore store, QueueSignal signal, InstancePresence presence, LiveRequests live, IOptions<SandboxOptions> options)
{
    readonly WakeAfterCommit _wake = new(signal, presence, live, options);

    string Table => $"{store.Options.DatabaseSchemaName}.{QueueTable.Name}";

    /// <summary>Writes the request down with the session's transaction; the dispatcher is woken by its commit.</summary>
    public void Enqueue(IDocumentSession session, QueuedRequest request)
    {
        session.QueueOperation(new InsertRequest(store.Options.DatabaseSchemaName, request));
        session.Listeners.Add(_wake);
    }

    /// <summary>Deletes it, source and inputs with it, in the session's transaction.</summary>
    public void Remove(IDocumentSession session, long number) => session.QueueSqlCommand($"delete from {Table} where number = ?", number);

    /// <summary>
    /// Takes the request whose turn it is; <c>null</c> if none waits. The workspace with the fewest running goes first, among equals the next one after
    /// <paramref name="last"/>, and so around; within a workspace the oldest. However many requests a workspace has, another's waits for one run at most.
    /// </summary>
    public async Task<QueuedRequest?> ClaimAsync(int owner, string last, CancellationToken cancellation)
    {
        // The workspaces are found by jumps from one to the next in the index, so that long queues cost nothing. A claim that a crash of the database
        // forgets only means that another takes the request, so its commit is not waited for.
        await using var claim = new NpgsqlCommand(
            $"""
             with recursive waiting as (
                 (select workspace from {Table} where owner is null order by workspace limit 1)
                 union all
                 select (select q.workspace from {Table} q where q.owner is null and q.workspace > w.workspace order by q.workspace limit 1)
                 from waiting w where w.workspace is not null),
             turn as (
                 select w.workspace from waiting w
                 where exists (select from {Table} q where q.workspace = w.workspace and q.owner is null and (q.retry_at is null or q.retry_at <= now()))
                 order by (select count(*) from {Table} r where r.workspace = w.workspace and r.owner is not null), w.workspace <= $2, w.workspace
                 limit 1)
             update {Table} set owner = $1, started_at = now(), done = 0
             where number = (select q.number from {Table} q join turn on q.workspace = turn.workspace
                          where q.owner is null and (q.retry_at is null or q.retry_at <= now()) order by q.number limit 1 for update of q skip locked)
             returning {Columns}, set_config('synchronous_commit', 'off', true)
             """)
        {
            Parameters = { new() { Value = owner }, new() { Value = last } },
        };
        return await ReadAsync(claim, cancellation);
    }

    /// <summary>Takes a request that has waited for longer than this, if there is one.</summary>
    public async Task<QueuedRequest?> ClaimOverdueAsync(int owner, TimeSpan age, CancellationToken cancellation)
    {
        await using var claim = new NpgsqlCommand(
            $"""
             update {Table} set owner = $1, started_at = now()
             where number = (select number from {Table} where owner is null and queued_at <= now() - $2 order by number limit 1 for update skip locked)
             returning {Columns}
             """)
        {
            Parameters = { new() { Value = owner }, new() { Value = age } },
        };
        return await ReadAsync(claim, cancellation);
    }

    /// <summary>Whether somebody could take one now.</summary>
    public async Task<bool> IsWaitingAsync(CancellationToken cancellation) =>
        await ScalarAsync($"select exists (select from {Table} where owner is null and (retry_at is null or retry_at <= now()))", cancellation) is true;

    /// <summary>Gives back what this instance will not run after all.</summary>
    public Task ReleaseAsync(long number, int owner) =>
        ExecuteAsync($"update {Table} set owner = null, done = 0 where number = $1 and owner = $2", CancellationToken.None, number, owner);

    /// <summary>Gives back what the engine refused; it is not tried again before the pause is over.</summary>
    public Task RefuseAsync(long number, int owner, TimeSpan pause) => ExecuteAsync(
        $"""
         update {Table} set owner = null, done = 0, refusals = refusals + 1, refused_at = coalesce(refused_at, now()), retry_at = now() + $3
         where number = $1 and owner = $2
         """, CancellationToken.None, number, owner, pause);

    /// <summary>Frees what instances left that are no more; returns how many.</summary>
    public Task<int> FreeLostAsync(CancellationToken cancellation) => ExecuteAsync(
        $"update {Table} set owner = null, done = 0, losses = losses + 1 where owner is not null and owner not in ({InstancePresence.AliveSql})", cancellation);

    /// <summary>
    /// Frees what this instance owns and does not run: the database was away when it was to be given back. What was claimed just now may not have begun.
    /// </summary>
    public Task<int> FreeForgottenAsync(int owner, long[] running, CancellationToken cancellation) => ExecuteAsync(
        $"update {Table} set owner = null, done = 0 where owner = $1 and number <> all($2) and started_at < now() - interval '10 seconds'",
        cancellation, owner, running);

    /// <summary>Says how far the runs are.</summary>
    public Task TellAsync(long[] numbers, int[] done, CancellationToken cancellation) => ExecuteAsync(
        $"update {Table} q set done = told.done from unnest($1, $2) as told(number, done) where q.number = told.number and q.done <> told.done",
        cancellation, numbers, done);

    /// <summary>How many wait, how many run, and how long the oldest has waited, in seconds.</summary>
    public async Task<(long Waiting, long Running, double OldestSeconds)> CountAsync(CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var count = new NpgsqlCommand(
            $"""
             select count(*) filter (where owner is null), count(*) filter (where owner is not null),
                    coalesce(extract(epoch from now() - min(queued_at) filter (where owner is null)), 0)::float8 from {Table}
             """, connection);
        await using var reader = await count.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetDouble(2));
    }

    /// <summary>How many of the workspace's requests wait, how many run, and since when the oldest waits.</summary>
    public async Task<(long Waiting, long Running, DateTimeOffset? OldestAt)> CountAsync(string workspace, CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var count = new NpgsqlCommand(
            $"""
             select count(*) filter (where owner is null), count(*) filter (where owner is not null), min(queued_at) filter (where owner is null)
             from {Table} where workspace = $1
             """, connection)
        {
            Parameters = { new() { Value = workspace } },
        };
        await using var reader = await count.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2));
    }

    /// <summary>A workspace's request and its place; <c>null</c> if it is not here, or not any more.</summary>
    public async Task<PendingRequest?> FindAsync(RequestKey key, CancellationToken cancellation)
    {
        // The place is that of a round in which every workspace has one turn.
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var find = new NpgsqlCommand(
            $"""
             select number, requested_by, subject_id, function_name, inputs, queued_at, started_at, done, owner is not null,
                 case when owner is null then (
                     select count(*)
                     from (select row_number() over (partition by workspace order by number) as turn, number from {Table} where owner is null) others,
                         (select count(*) as turn from {Table} mine where mine.workspace = q.workspace and mine.owner is null and mine.number <= q.number) own
                     where (others.turn, others.number) <= (own.turn, q.number)) end
             from {Table} q where workspace = $1 and kind = $2 and id = $3
             """, connection)
        {
            Parameters = { new() { Value = key.WorkspaceId }, new() { Value = key.Kind }, new() { Value = key.Id } },
        };
        await using var reader = await find.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        var running = reader.GetBoolean(8);
        return new PendingRequest
        {
            Id = key.Id, Number = reader.GetInt64(0), RequestedBy = reader.GetString(1), SubjectId = reader.GetGuid(2), FunctionName = reader.GetString(3),
            Inputs = reader.GetInt32(4), QueuedAt = reader.GetFieldValue<DateTimeOffset>(5), Status = running ? "running" : "queued",
            StartedAt = running ? reader.GetFieldValue<DateTimeOffset>(6) : null, InputsDone = reader.GetInt32(7),
            Position = running ? null : reader.GetInt64(9),
        };
    }

    const string Columns =
        "id, kind, workspace, requested_by, subject_id, function_name, inputs, body, conversation_id, trace_parent, queued_at, started_at, losses, refusals, "
        + "refused_at, number";

    async Task<QueuedRequest?> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        command.Connection = connection;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        return new QueuedRequest
        {
            Id = reader.GetGuid(0), Kind = reader.GetString(1), WorkspaceId = reader.GetString(2), RequestedBy = reader.GetString(3),
            SubjectId = reader.GetGuid(4), FunctionName = reader.GetString(5), Inputs = reader.GetInt32(6), Body = reader.GetFieldValue<byte[]>(7),
            ConversationId = reader.IsDBNull(8) ? null : reader.GetGuid(8), TraceParent = reader.IsDBNull(9) ? null : reader.GetString(9),
            QueuedAt = reader.GetFieldValue<DateTimeOffset>(10), StartedAt = reader.GetFieldValue<DateTimeOffset>(11), Losses = reader.GetInt32(12),
            Refusals = reader.GetInt32(13), RefusedAt = reader.IsDBNull(14) ? null : reader.GetFieldValue<DateTimeOffset>(14), Number = reader.GetInt64(15),
        };
    }

    async Task<object?> ScalarAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    async Task<int> ExecuteAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    sealed class WakeAfterCommit(QueueSignal signal, InstancePresence presence, LiveRequests live, IOptions<SandboxOptions> options)
        : DocumentSessionListenerBase
    {
        public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
        {
            signal.Wake();
            if (live.All.Count >= options.Value.Slots) presence.CallOthers();
            return Task.CompletedTask;
        }
    }
}

/// <summary>A request that is not answered yet, without its source and inputs.</summary>
sealed record PendingRequest
{
    public required Guid Id { get; init; }

    public required string RequestedBy { get; init; }

    public required Guid SubjectId { get; init; }

    public required string FunctionName { get; init; }

    public required int Inputs { get; init; }

    /// <summary><c>queued</c> or <c>running</c>.</summary>
    public required string Status { get; init; }

    /// <summary>1 is the next; <c>null</c> once it runs. It can grow: another workspace's first request goes before one's own second.</summary>
    public required long? Position { get; init; }

    /// <summary>Inputs that have a result.</summary>
    public required int InputsDone { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    [JsonIgnore]
    public long Number { get; init; }
}
