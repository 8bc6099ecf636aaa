using Marten;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Two tables in the service's own Marten schema, created and migrated by Marten itself.</summary>
public static class OutboxTables
{
    internal const string Outbox = "outbox";
    internal const string Inbox = "inbox";

    /// <summary>Adds the tables to a store whose sessions are used with <see cref="OutboxRegistration.AddOutbox"/>.</summary>
    public static void AddOutboxTables(this StoreOptions options)
    {
        var outbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Outbox, SchemaUtils.IdentifierUsage.General));
        outbox.AddColumn("transaction_id", "uuid").AsPrimaryKey();

        // What one commit says is one row: the messages of a batch are much alike, and together they compress to a fraction. By position, from 0.
        outbox.AddColumn("message_ids", "uuid[]").NotNull();
        outbox.AddColumn("destinations", "text[]").NotNull();
        outbox.AddColumn("content_types", "text[]").NotNull();
        outbox.AddColumn("headers", "text[]").NotNull();
        outbox.AddColumn("bodies", "bytea[]").NotNull();
        outbox.AddColumn("bytes", "bigint").NotNull();

        // The positions that the broker has already.
        outbox.AddColumn("sent", "integer[]").NotNull().DefaultValueByExpression("'{}'::integer[]");
        outbox.AddColumn("created", "timestamptz").NotNull().DefaultValueByExpression("now()");

        // When a sweeper may take it; until then it is being delivered from memory, or waits after a failure.
        outbox.AddColumn("due", "timestamptz").NotNull();
        outbox.AddColumn("attempts", "integer").NotNull().DefaultValue(0);
        outbox.AddColumn("error", "text");
        outbox.Indexes.Add(new IndexDefinition("outbox_failing") { Columns = ["transaction_id"], Predicate = "(error IS NOT NULL)" });
        options.Storage.ExtendedSchemaObjects.Add(outbox);

        var inbox = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Inbox, SchemaUtils.IdentifierUsage.General));
        inbox.AddColumn("message_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("consumer_id", "uuid").AsPrimaryKey();
        inbox.AddColumn("received", "timestamptz").NotNull().DefaultValueByExpression("now()");
        inbox.Indexes.Add(new IndexDefinition("inbox_received") { Columns = ["received"], Method = IndexMethod.brin });
        options.Storage.ExtendedSchemaObjects.Add(inbox);
    }
}
