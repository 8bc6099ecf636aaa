using Marten;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Two tables in the service's own Marten schema, created and migrated by Marten itself.</summary>
static class OutboxTables
{
    public const string Outbox = "outbox";
    public const string Inbox = "inbox";

    public static void AddOutboxTables(this StoreOptions options)
    {
        var outbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Outbox, SchemaUtils.IdentifierUsage.General));
        outbox.AddColumn<long>("seq").AsPrimaryKey().BigAutoIncrement();
        outbox.AddColumn("message_id", "uuid").NotNull();
        outbox.AddColumn("destination", "text").NotNull();
        outbox.AddColumn("content_type", "text").NotNull();
        outbox.AddColumn("headers", "text").NotNull();
        outbox.AddColumn("body", "bytea").NotNull();
        outbox.AddColumn("created", "timestamptz").NotNull().DefaultValueByExpression("now()");
        options.Storage.ExtendedSchemaObjects.Add(outbox);

        var inbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Inbox, SchemaUtils.IdentifierUsage.General));
        inbox.AddColumn("message_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("consumer_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("received", "timestamptz").NotNull().DefaultValueByExpression("now()");
        inbox.Indexes.Add(new IndexDefinition("inbox_received") { Columns = ["received"], Method = IndexMethod.brin });
        options.Storage.ExtendedSchemaObjects.Add(inbox);
    }
}
