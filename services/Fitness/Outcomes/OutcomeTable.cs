using System.Data.Common;
using Marten;
using Marten.Storage;
using Npgsql;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;
using Weasel.Storage;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace AutoDev.Fitness.Outcomes;

/// <summary>Outcomes are rows, kept for <see cref="ForgetOutcomes.KeptDays"/> days and summed where they are shown.</summary>
static class OutcomeTable
{
    public const string Name = "outcomes";

    /// <summary>The outcomes with the version that each was of, said or in force at the time.</summary>
    public const string WithVersion =
        $"""
         (select o.*, coalesce(o.version, in_force.version) as of_version
          from {Name} o left join lateral (
              select v.data ->> 'Version' as version from mt_doc_versioninforce v
              where o.version is null and v.tenant_id = o.tenant_id and v.skill = o.skill and v.since <= o.at
              order by v.since desc limit 1) in_force on true)
         """;

    public static void AddOutcomeTable(this StoreOptions options)
    {
        var table = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Name, SchemaUtils.IdentifierUsage.General));
        table.AddColumn("id", "uuid").AsPrimaryKey();
        foreach (var text in new[] { "tenant_id", "kind", "skill" }) table.AddColumn(text, "varchar").NotNull();
        table.AddColumn("version", "varchar");
        table.AddColumn("at", "timestamptz").NotNull();
        table.AddColumn("value", "double precision").NotNull();
        table.AddColumn("seconds", "double precision");
        table.AddColumn("tokens", "integer");
        table.AddColumn("recorded_at", "timestamptz").NotNull();
        table.Indexes.Add(new IndexDefinition($"{Name}_of_skill") { Columns = ["tenant_id", "skill", "at"] });
        table.Indexes.Add(new IndexDefinition($"{Name}_recorded") { Columns = ["recorded_at"] });
        options.Storage.ExtendedSchemaObjects.Add(table);
    }

    /// <summary>With the session's commit; of two under one key the later one stays.</summary>
    public static void Record(this IDocumentSession session, Outcome outcome) => session.QueueOperation(new RecordOne(outcome));

    /// <summary>A command on the workspace's outcomes: $1 is the tenant, $2 the skill.</summary>
    public static NpgsqlCommand Command(IQuerySession session, string sql, string skill, params object[] more)
    {
        var command = new NpgsqlCommand(sql) { Parameters = { new() { Value = session.TenantId }, new() { Value = skill } } };
        foreach (var value in more) command.Parameters.Add(new() { Value = value });
        return command;
    }

    sealed class RecordOne(Outcome outcome) : IStorageOperation, NoDataReturnedCall
    {
        public Type DocumentType => typeof(StorageFeatures);

        public OperationRole Role() => OperationRole.Other;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
        {
            builder.Append($"insert into {Name} as o (id, tenant_id, kind, skill, version, at, value, seconds, tokens, recorded_at) values (");
            Value(outcome.Key, NpgsqlDbType.Uuid);
            Value(outcome.Workspace, NpgsqlDbType.Varchar);
            Value(outcome.Kind, NpgsqlDbType.Varchar);
            Value(outcome.Skill, NpgsqlDbType.Varchar);
            Value(outcome.Version, NpgsqlDbType.Varchar);
            Value(outcome.At.ToUniversalTime(), NpgsqlDbType.TimestampTz);
            Value(outcome.Value, NpgsqlDbType.Double);
            Value(outcome.Seconds, NpgsqlDbType.Double);
            Value(outcome.Tokens, NpgsqlDbType.Integer);
            builder.Append(
                """
                now()) on conflict (id) do update set at = excluded.at, value = excluded.value, recorded_at = excluded.recorded_at
                where (o.at, o.value) < (excluded.at, excluded.value)
                """);

            void Value(object? value, NpgsqlDbType type)
            {
                builder.AppendParameter(value ?? DBNull.Value, type);
                builder.Append(", ");
            }
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
    }
}
