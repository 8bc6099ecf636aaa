using System.Data.Common;
using Marten;
using Marten.Storage;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;
using Weasel.Storage;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace AutoDev.SandboxRunner.Queue;

/// <summary>Where requests wait: a table in the service's own Marten schema, since whose turn it is spans workspaces.</summary>
static class QueueTable
{
    public const string Name = "sandbox_queue";

    public static void AddQueueTable(this StoreOptions options)
    {
        var table = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Name, SchemaUtils.IdentifierUsage.General));
        table.AddColumn<long>("number").AsPrimaryKey().BigAutoIncrement();
        table.AddColumn("id", "uuid").NotNull();
        table.AddColumn("kind", "text").NotNull();
        table.AddColumn("workspace", "text").NotNull();
        table.AddColumn("requested_by", "text").NotNull();
        table.AddColumn("subject_id", "uuid").NotNull();
        table.AddColumn("function_name", "text").NotNull();
        table.AddColumn("inputs", "integer").NotNull();
        table.AddColumn("body", "bytea").NotNull();
        table.AddColumn("conversation_id", "uuid");
        table.AddColumn("trace_parent", "text");
        table.AddColumn("queued_at", "timestamptz").NotNull().DefaultValueByExpression("now()");
        table.AddColumn("owner", "integer");
        table.AddColumn("started_at", "timestamptz");
        table.AddColumn("done", "integer").NotNull().DefaultValueByExpression("0");
        table.AddColumn("losses", "integer").NotNull().DefaultValueByExpression("0");
        table.AddColumn("refusals", "integer").NotNull().DefaultValueByExpression("0");
        table.AddColumn("refused_at", "timestamptz");
        table.AddColumn("retry_at", "timestamptz");
        table.Indexes.Add(new IndexDefinition($"{Name}_id") { Columns = ["workspace", "kind", "id"], IsUnique = true });
        table.Indexes.Add(new IndexDefinition($"{Name}_waiting") { Columns = ["workspace", "number"], Predicate = "owner is null" });
        table.Indexes.Add(new IndexDefinition($"{Name}_running") { Columns = ["workspace"], Predicate = "owner is not null" });
        options.Storage.ExtendedSchemaObjects.Add(table);
    }
}

/// <summary>Writes a request down in the session's own batch: it waits from the moment in which its message counts as consumed. A second one with its key is not.</summary>
sealed class InsertRequest(string schema, QueuedRequest request) : IStorageOperation, NoDataReturnedCall
{
    public Type DocumentType => typeof(StorageFeatures);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        builder.Append($"insert into {schema}.{QueueTable.Name} (id, kind, workspace, requested_by, subject_id, function_name, inputs, body, conversation_id, trace_parent) values (");
        builder.AppendParameter(request.Id, NpgsqlDbType.Uuid);
        Next(request.Kind, NpgsqlDbType.Text);
        Next(request.WorkspaceId, NpgsqlDbType.Text);
        Next(request.RequestedBy, NpgsqlDbType.Text);
        Next(request.SubjectId, NpgsqlDbType.Uuid);
        Next(request.FunctionName, NpgsqlDbType.Text);
        Next(request.Inputs, NpgsqlDbType.Integer);
        Next(request.Body, NpgsqlDbType.Bytea);
        Next((object?)request.ConversationId ?? DBNull.Value, NpgsqlDbType.Uuid);
        Next((object?)request.TraceParent ?? DBNull.Value, NpgsqlDbType.Text);
        builder.Append(") on conflict (workspace, kind, id) do nothing");

        void Next(object value, NpgsqlDbType type)
        {
            builder.Append(",");
            builder.AppendParameter(value, type);
        }
    }

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
}
