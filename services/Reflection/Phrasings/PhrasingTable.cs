using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using AutoDev.Embeddings;
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

namespace AutoDev.Reflection.Phrasings;

/// <summary>One way in which an agent's failures were put, and the pattern that they are filed under.</summary>
sealed record FiledPhrasing(Place<string> Agent, Guid PatternId, Remembered Phrasing)
{
    /// <summary>The same for what differs in numbers only.</summary>
    public static Guid IdOf(Place<string> agent, Phrasing phrasing) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{agent.Workspace}\n{agent.Id}\n{phrasing.Key}")).AsSpan(0, 16));
}

/// <summary>
/// Where failures are filed by how they were put: a table in the service's own schema. Each change of a row gives it a higher number; changes of one agent's are made
/// under its lock, so that whoever holds the lock and knows all up to a number reads on from there.
/// </summary>
static class PhrasingTable
{
    public const string Name = "phrasings";
    const string NextNumber = $"nextval('{Name}_number_seq')";

    public static void AddPhrasingTable(this StoreOptions options)
    {
        var table = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Name, SchemaUtils.IdentifierUsage.General));
        table.AddColumn("id", "uuid").AsPrimaryKey();
        table.AddColumn("tenant_id", "varchar").NotNull();
        table.AddColumn("agent_id", "varchar").NotNull();
        table.AddColumn("pattern_id", "uuid").NotNull();
        table.AddColumn("task", "text").NotNull();
        table.AddColumn("error", "text");
        table.AddColumn("meaning", "bytea").NotNull();
        table.AddColumn("model", "varchar").NotNull();
        table.AddColumn("number", "bigserial").NotNull();
        table.Indexes.Add(new IndexDefinition($"{Name}_of_agent") { Columns = ["tenant_id", "agent_id", "number"] });
        table.Indexes.Add(new IndexDefinition($"{Name}_of_pattern") { Columns = ["pattern_id"] });
        options.Storage.ExtendedSchemaObjects.Add(table);
    }

    /// <summary>The patterns that these are filed under, by the id of the phrasing; what is not there is not filed.</summary>
    public static async Task<Dictionary<Guid, Guid>> FindAsync(IQuerySession session, IReadOnlyCollection<Guid> ids, CancellationToken cancellation)
    {
        // One look into the index for each, whatever the planner thinks of the table's size.
        await using var find = new NpgsqlCommand($"select w.id, p.pattern_id from unnest($1) as w(id) cross join lateral (select pattern_id from {Name} where id = w.id limit 1) p")
        {
            Parameters = { new() { Value = ids.ToArray() } },
        };
        await using var reader = await session.ExecuteReaderAsync(find, cancellation);
        var found = new Dictionary<Guid, Guid>();
        while (await reader.ReadAsync(cancellation)) found[reader.GetGuid(0)] = reader.GetGuid(1);
        return found;
    }

    /// <summary>What was filed for these agents after these numbers, of each the latest <paramref name="most"/>, oldest first.</summary>
    public static async Task<List<(FiledPhrasing Filed, long Number)>> ReadOnAsync(
        IQuerySession session, IReadOnlyList<(Place<string> Agent, long After)> agents, int most, string model, CancellationToken cancellation)
    {
        await using var read = new NpgsqlCommand(
            $"""
             select p.tenant_id, p.agent_id, p.pattern_id, p.task, p.error, case when p.model = $4 then p.meaning else '' end, p.number
             from unnest($1, $2, $3) as w(tenant_id, agent_id, number) cross join lateral (
                 select * from {Name} where tenant_id = w.tenant_id and agent_id = w.agent_id and number > w.number order by number desc limit {most}) p
             order by p.number
             """)
        {
            Parameters =
            {
                new() { Value = agents.Select(a => a.Agent.Workspace).ToArray() }, new() { Value = agents.Select(a => a.Agent.Id).ToArray() },
                new() { Value = agents.Select(a => a.After).ToArray() }, new() { Value = model },
            },
        };
        await using var reader = await session.ExecuteReaderAsync(read, cancellation);
        var found = new List<(FiledPhrasing, long)>();
        while (await reader.ReadAsync(cancellation))
        {
            var phrasing = new Phrasing(reader.GetString(3), await reader.IsDBNullAsync(4, cancellation) ? null : reader.GetString(4));
            found.Add((new(new(reader.GetString(0), reader.GetString(1)), reader.GetGuid(2), new(phrasing, StoredMeaning.Read(reader.GetFieldValue<byte[]>(5)))), reader.GetInt64(6)));
        }

        return found;
    }

    /// <summary>With the session's commit.</summary>
    public static void File(this IDocumentSession session, IReadOnlyCollection<FiledPhrasing> phrasings, string model)
    {
        if (phrasings.Count > 0) session.QueueOperation(new FilePhrasings(phrasings, model));
    }

    /// <summary>At once: these are filed under another pattern, as far as they are filed.</summary>
    public static async Task RefileAsync(this IDocumentSession session, Place<string> agent, IEnumerable<Phrasing> phrasings, Guid pattern, CancellationToken cancellation)
    {
        await using var move = new NpgsqlCommand($"update {Name} set pattern_id = $1, number = {NextNumber} where id = any($2)")
        {
            Parameters = { new() { Value = pattern }, new() { Value = phrasings.Select(p => FiledPhrasing.IdOf(agent, p)).ToArray() } },
        };
        await session.ExecuteAsync(move, cancellation);
    }

    /// <summary>The same for all of a pattern.</summary>
    public static async Task RefileAllAsync(this IDocumentSession session, Guid from, Guid to, CancellationToken cancellation)
    {
        await using var move = new NpgsqlCommand($"update {Name} set pattern_id = $1, number = {NextNumber} where pattern_id = $2")
        {
            Parameters = { new() { Value = to }, new() { Value = from } },
        };
        await session.ExecuteAsync(move, cancellation);
    }

    sealed class FilePhrasings(IReadOnlyCollection<FiledPhrasing> phrasings, string model) : IStorageOperation, NoDataReturnedCall
    {
        public Type DocumentType => typeof(StorageFeatures);

        public OperationRole Role() => OperationRole.Other;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
        {
            builder.Append($"insert into {Name} (id, tenant_id, agent_id, pattern_id, task, error, meaning, model) select w.*, ");
            builder.AppendParameter(model, NpgsqlDbType.Varchar);
            builder.Append(" from unnest(");
            Column(p => FiledPhrasing.IdOf(p.Agent, p.Phrasing.Phrasing), NpgsqlDbType.Uuid, ", ");
            Column(p => p.Agent.Workspace, NpgsqlDbType.Varchar, ", ");
            Column(p => p.Agent.Id, NpgsqlDbType.Varchar, ", ");
            Column(p => p.PatternId, NpgsqlDbType.Uuid, ", ");
            Column(p => Storable(p.Phrasing.Phrasing.Task), NpgsqlDbType.Text, ", ");
            Column(p => Storable(p.Phrasing.Phrasing.Error), NpgsqlDbType.Text, ", ");
            Column(p => StoredMeaning.Bytes(p.Phrasing.Meaning), NpgsqlDbType.Bytea, ") as w ");
            builder.Append($"on conflict (id) do update set pattern_id = excluded.pattern_id, meaning = excluded.meaning, model = excluded.model, number = {NextNumber}");

            void Column<T>(Func<FiledPhrasing, T> value, NpgsqlDbType type, string then)
            {
                builder.AppendParameter(phrasings.Select(value).ToArray(), NpgsqlDbType.Array | type);
                builder.Append(then);
            }
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;

        // As documents do: PostgreSQL has no text with U+0000.
        static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');
    }
}
