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

/// <summary>Stores outgoing messages in the session's own batch and learns their sequence numbers.</summary>
sealed class InsertOutbox(string schema) : IStorageOperation
{
    public List<OutboxMessage> Messages { get; } = [];

    public Type DocumentType => typeof(StorageFeatures);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        builder.Append($"insert into {schema}.{OutboxTables.Outbox} (message_id, destination, content_type, headers, body) select * from unnest(");
        builder.AppendParameter(Messages.Select(m => m.MessageId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        builder.Append(",");
        builder.AppendParameter(Messages.Select(m => m.Destination).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(Messages.Select(m => m.ContentType).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(Messages.Select(m => m.Headers).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        builder.Append(",");
        builder.AppendParameter(Messages.Select(m => m.Body).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        builder.Append(") returning seq");
    }

    public async Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token)
    {
        for (var i = 0; await reader.ReadAsync(token); i++) Messages[i].Sequence = reader.GetInt64(0);
    }
}
