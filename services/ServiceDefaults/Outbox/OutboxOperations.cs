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

/// <summary>Stores outgoing messages in the session's own batch. Their keys are known beforehand: nothing is returned.</summary>
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
        builder.Append($"insert into {schema}.{OutboxTables.Outbox} (transaction_id, position, message_id, destination, content_type, headers, body, due) select ");
        builder.AppendParameter(Transaction.Id, NpgsqlDbType.Uuid);
        builder.Append(", m.position - 1, m.id, m.destination, m.content_type, m.headers, m.body, clock_timestamp() + ");
        builder.AppendParameter(lease, NpgsqlDbType.Interval);
        builder.Append(" from unnest(");
        builder.AppendParameter(messages.Select(m => m.MessageId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        builder.Append(",");
        builder.AppendParameter(messages.Select(m => m.Destination).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(messages.Select(m => m.ContentType).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(messages.Select(m => m.Headers).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(messages.Select(m => m.Body).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        builder.Append(") with ordinality as m(id, destination, content_type, headers, body, position)");
    }

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
}
