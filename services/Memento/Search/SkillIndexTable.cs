using System.Data.Common;
using AutoDev.Embeddings;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
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

namespace AutoDev.Memento.Search;

/// <summary>A skill as it is searched for; without a text where it is not to be found any more.</summary>
sealed record IndexedSkill(string Name, string? Text, float[] Meaning);

/// <summary>
/// The skills' texts with their meanings: a table in the service's own schema. Each change of a row gives it a higher number, under its workspace's lock,
/// so that whoever knows all up to a number reads on from there. Rows that another model told the meaning of, or none, are told anew by
/// <see cref="TellMeanings"/>.
/// </summary>
static class SkillIndexTable
{
    public const string Name = "skill_index";
    public const string Lock = "skill-index";
    public const string NextNumber = $"nextval('{Name}_number_seq')";

    public static void AddSkillIndexTable(this StoreOptions options)
    {
        var table = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Name, SchemaUtils.IdentifierUsage.General));
        table.AddColumn("tenant_id", "varchar").AsPrimaryKey();
        table.AddColumn("name", "varchar").AsPrimaryKey();
        table.AddColumn("text", "text");
        table.AddColumn("meaning", "bytea").NotNull();
        table.AddColumn("model", "varchar").NotNull();
        table.AddColumn("number", "bigserial").NotNull();
        table.Indexes.Add(new IndexDefinition($"{Name}_of_workspace") { Columns = ["tenant_id", "number"] });
        options.Storage.ExtendedSchemaObjects.Add(table);
    }

    /// <summary>With the session's commit: the skill is found by what it is from now on. A model that does not answer now is asked again later.</summary>
    public static async Task IndexAsync(this IDocumentSession session, Skill skill, Meanings meanings, CancellationToken cancellation)
    {
        var text = TextOf(skill);
        var meaning = text is null ? [] : (await meanings.OfAsync([text], cancellation))[0];
        await session.LockAsync(Lock, cancellation);
        session.QueueOperation(new Put(session.TenantId, new(skill.Name, text, meaning), meaning.Length == 0 ? "" : meanings.Model));
    }

    /// <summary>What was changed in the session's workspace after a number, oldest first. Meanings of another model are left out.</summary>
    public static async Task<List<(IndexedSkill Skill, long Number)>> ReadOnAsync(
        IQuerySession session, long after, string model, CancellationToken cancellation)
    {
        await using var read = new NpgsqlCommand(
            $"select name, text, case when model = $3 then meaning else '' end, number from {Name} where tenant_id = $1 and number > $2 order by number")
        {
            Parameters = { new() { Value = session.TenantId }, new() { Value = after }, new() { Value = model } },
        };
        await using var reader = await session.ExecuteReaderAsync(read, cancellation);
        var found = new List<(IndexedSkill, long)>();
        while (await reader.ReadAsync(cancellation))
        {
            var text = await reader.IsDBNullAsync(1, cancellation) ? null : reader.GetString(1);
            found.Add((new(reader.GetString(0), text, StoredMeaning.Read(reader.GetFieldValue<byte[]>(2))), reader.GetInt64(3)));
        }

        return found;
    }

    /// <summary>Pure: what a search compares with; <c>null</c> for a skill that is not to be found.</summary>
    internal static string? TextOf(Skill skill) =>
        skill.Retired is not null ? null : $"{skill.Name.Replace('_', ' ')}\n{skill.Description}\n{skill.TaskDescription}".Replace('\0', '\uFFFD');

    sealed class Put(string workspace, IndexedSkill skill, string model) : IStorageOperation, NoDataReturnedCall
    {
        public Type DocumentType => typeof(StorageFeatures);

        public OperationRole Role() => OperationRole.Other;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
        {
            builder.Append($"insert into {Name} (tenant_id, name, text, meaning, model) values (");
            builder.AppendParameter(workspace, NpgsqlDbType.Varchar);
            builder.Append(", ");
            builder.AppendParameter(skill.Name, NpgsqlDbType.Varchar);
            builder.Append(", ");
            builder.AppendParameter((object?)skill.Text ?? DBNull.Value, NpgsqlDbType.Text);
            builder.Append(", ");
            builder.AppendParameter(StoredMeaning.Bytes(skill.Meaning), NpgsqlDbType.Bytea);
            builder.Append(", ");
            builder.AppendParameter(model, NpgsqlDbType.Varchar);
            builder.Append(") on conflict (tenant_id, name) do update set text = excluded.text, meaning = excluded.meaning, model = excluded.model, ");
            builder.Append($"number = {NextNumber}");
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
    }
}
