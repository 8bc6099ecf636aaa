using System.Data.Common;
using Marten.Storage;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Storage;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// Remembers consumed messages in the session's own batch: no extra round trip, same transaction.
/// A concurrent duplicate waits on the key until the first commits, then fails and is rolled back.
/// </summary>
sealed class InsertInbox(string schema, Guid consumerId, Guid[] messageIds) : IStorageOperation, NoDataReturnedCall
{
    public Type DocumentType => typeof(StorageFeatures);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        builder.Append($"insert into {schema}.{OutboxTables.Inbox} (message_id, consumer_id) select m, ");
        builder.AppendParameter(consumerId, NpgsqlDbType.Uuid);
        builder.Append(" from unnest(");
        builder.AppendParameter(messageIds, NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        builder.Append(") m");
    }

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
}

/// <summary>Stores outgoing messages in the session's own batch, all in one row. Its key is known beforehand: nothing is returned.</summary>
sealed class InsertOutbox(string schema, OutboxDelivery delivery) : IStorageOperation, NoDataReturnedCall
{
    public OutboxTransaction Transaction { get; } = new();

    public Type DocumentType => typeof(StorageFeatures);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        var messages = Transaction.Messages;
        var lease = delivery.Lease;
        Transaction.Lease(lease);
        builder.Append($"insert into {schema}.{OutboxTables.Outbox} (transaction_id, due, message_ids, destinations, content_types, headers, bodies, bytes) values (");
        builder.AppendParameter(Transaction.Id, NpgsqlDbType.Uuid);
        builder.Append(", clock_timestamp() + ");
        builder.AppendParameter(lease, NpgsqlDbType.Interval);
        Append(m => m.MessageId, NpgsqlDbType.Uuid);
        Append(m => m.Destination, NpgsqlDbType.Text);
        Append(m => m.ContentType, NpgsqlDbType.Text);
        Append(m => m.Headers, NpgsqlDbType.Text);
        Append(m => m.Body, NpgsqlDbType.Bytea);
        builder.Append(", ");
        builder.AppendParameter(Transaction.Bytes, NpgsqlDbType.Bigint);
        builder.Append(")");

        void Append<T>(Func<OutboxMessage, T> part, NpgsqlDbType type)
        {
            builder.Append(", ");
            builder.AppendParameter(messages.Select(part).ToArray(), NpgsqlDbType.Array | type);
        }
    }

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
}
