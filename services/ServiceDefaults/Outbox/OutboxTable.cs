using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>A delivered transaction, or the part of it that was.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Positions">Which of its messages the broker has; <c>null</c>: all of them.</param>
/// <param name="Error">Why the rest failed, where it was the message's fault; it waits before it is tried again.</param>
sealed record Settlement(Guid Transaction, int[]? Positions = null, string? Error = null);

/// <summary>The statements on the table of outgoing messages and on the inbox, over connections of their own.</summary>
sealed class OutboxTable(IDocumentStore store, StoreConnection connection) : IDisposable
{
    const int CountedExactly = 10_000;
    const int ForgottenAtOnce = 10_000;
    const int ErrorLength = 2000;

    readonly string _table = $"{store.Options.DatabaseSchemaName}.{OutboxTables.Outbox}";
    readonly string _inbox = $"{store.Options.DatabaseSchemaName}.{OutboxTables.Inbox}";

    // Without the option a plan made while the table was empty keeps scanning it.
    readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection.ConnectionString)
    {
        MinPoolSize = 0, MaxPoolSize = 4, Options = "-c enable_seqscan=off", ApplicationName = "outbox", MaxAutoPrepare = 20,
    });

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => _database.OpenConnectionAsync(cancellation);

    public void Dispose() => _database.Dispose();

    /// <summary>Losing this in a crash only sends a message again, which the inbox then drops: it waits for no flush to disk.</summary>
    public async Task SettleAsync(IReadOnlyCollection<Settlement> settlements, TimeSpan longestBackoff, CancellationToken cancellation)
    {
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new("begin"));
        batch.BatchCommands.Add(new("set local synchronous_commit to off"));
        AddSettlements(batch, settlements, longestBackoff);
        batch.BatchCommands.Add(new("commit"));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The same within the transaction that holds the rows.</summary>
    public async Task SettleAsync(NpgsqlConnection connection, IReadOnlyCollection<Settlement> settlements, TimeSpan longestBackoff)
    {
        await using var batch = connection.CreateBatch();
        AddSettlements(batch, settlements, longestBackoff);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// Locks and loads the messages that are left of transactions whose time has come, whole transactions, at least one. Of several instances each takes other ones.
    /// </summary>
    public async Task<List<(Guid Transaction, int Position, OutboxMessage Message)>> TakeAsync(
        NpgsqlConnection connection, bool failing, Guid after, int limit)
    {
        await using var take = new NpgsqlCommand(
            $"""
             with due as (
               select transaction_id from {_table} where due <= clock_timestamp() and transaction_id > $1 and error is {(failing ? "not null" : "null")}
               order by transaction_id limit $2 for update skip locked),
             sized as (
               select transaction_id, sum(cardinality(message_ids)) over before as count_before, sum(bytes) over before as bytes_before from {_table}
               where transaction_id in (select transaction_id from due) window before as (order by transaction_id rows between unbounded preceding and 1 preceding))
             select o.transaction_id, m.position - 1, m.id, m.destination, m.content_type, m.headers, m.body
             from {_table} o cross join lateral unnest(message_ids, destinations, content_types, headers, bodies)
               with ordinality as m(id, destination, content_type, headers, body, position)
             where transaction_id in (select transaction_id from sized where coalesce(count_before, 0) < $2 and coalesce(bytes_before, 0) < 16777216)
               and m.position - 1 <> all(sent)
             order by o.transaction_id, m.position
             """, connection) { Parameters = { new() { Value = after }, new() { Value = (long)limit } } };
        await using var reader = await take.ExecuteReaderAsync();
        var taken = new List<(Guid, int, OutboxMessage)>();
        while (await reader.ReadAsync())
        {
            taken.Add((reader.GetGuid(0), (int)reader.GetInt64(1), new OutboxMessage(
                reader.GetGuid(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetFieldValue<byte[]>(6))));
        }

        return taken;
    }

    public async Task<Backlog> MeasureAsync(CancellationToken cancellation)
    {
        await using var measure = _database.CreateCommand(
            $"""
             select (select count(*) from (select from {_table} limit {CountedExactly + 1}) counted),
               (select coalesce(sum(cardinality(message_ids) - cardinality(sent)), 0)::bigint from (select message_ids, sent from {_table} limit {CountedExactly}) counted),
               (select reltuples::bigint from pg_class where oid = '{_table}'::regclass),
               (select coalesce(sum(cardinality(message_ids) - cardinality(sent)), 0)::bigint
                from (select message_ids, sent from {_table} where error is not null limit {CountedExactly}) failing),
               (select extract(epoch from clock_timestamp() - created)::float8 from {_table} order by transaction_id limit 1),
               (select error from {_table} where error is not null order by transaction_id limit 1)
             """);
        await using var reader = await measure.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (counted, messages) = (Math.Min(reader.GetInt64(0), CountedExactly), reader.GetInt64(1));
        var pending = reader.GetInt64(0) <= CountedExactly ? messages : messages * Math.Max(counted, reader.GetInt64(2)) / counted;
        var oldest = reader.IsDBNull(4) ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(4)));
        return new(pending, reader.GetInt64(3), oldest, reader.IsDBNull(5) ? null : reader.GetString(5));
    }

    /// <summary>Forgets what was consumed long ago, in portions, so that no statement holds many rows for long.</summary>
    public async Task ForgetInboxAsync(TimeSpan retention, CancellationToken cancellation)
    {
        int forgotten;
        do
        {
            await using var delete = _database.CreateCommand(
                $"delete from {_inbox} where ctid = any(array(select ctid from {_inbox} where received < now() - $1 limit {ForgottenAtOnce} for update skip locked))");
            delete.Parameters.Add(new() { Value = retention });
            forgotten = await delete.ExecuteNonQueryAsync(cancellation);
        }
        while (forgotten == ForgottenAtOnce);
    }

    void AddSettlements(NpgsqlBatch batch, IReadOnlyCollection<Settlement> settlements, TimeSpan longestBackoff)
    {
        var whole = settlements.Where(s => s.Positions is null).Select(s => s.Transaction).ToArray();
        if (whole.Length > 0) Add($"delete from {_table} where transaction_id = any($1)", whole);
        foreach (var part in settlements.Where(s => s.Positions is not null))
        {
            if (part.Positions!.Length > 0) Add($"update {_table} set sent = sent || $2 where transaction_id = $1", part.Transaction, part.Positions);
            if (part.Error is not { } error) continue;
            Add(
                $"""
                 update {_table} set attempts = attempts + 1, error = $2, due = clock_timestamp() + least($3, interval '1 second' * power(2, least(attempts, 30)))
                 where transaction_id = $1
                 """,
                part.Transaction, error[..Math.Min(error.Length, ErrorLength)].Replace('\0', ' '), longestBackoff);
        }

        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
                command.Parameters.Add(value is TimeSpan ? new() { Value = value, NpgsqlDbType = NpgsqlDbType.Interval } : new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }
    }
}
