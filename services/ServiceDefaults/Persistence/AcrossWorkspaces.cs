using System.Data.Common;
using System.Reflection;
using Marten;
using Marten.Linq.Members;
using Marten.Schema;
using Npgsql;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Storage;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>Where a document lies.</summary>
/// <param name="Workspace">Its tenant.</param>
/// <param name="Id">Its id.</param>
public readonly record struct Place<TId>(string Workspace, TId Id);

/// <summary>A document in one of its versions.</summary>
/// <param name="Version">Marten's, another one after each change.</param>
/// <param name="Document">As it is then.</param>
public sealed record Versioned<T>(Guid Version, T Document);

/// <summary>
/// Many documents of many workspaces, each kind in one statement; for work that goes through a batch of messages. Ids are strings or Guids. Nothing is tracked, and
/// listeners see no single document.
/// </summary>
public static class AcrossWorkspaces
{
    /// <summary>Those of them that exist.</summary>
    public static Task<Dictionary<Place<TId>, T>> LoadManyAsync<T, TId>(this IQuerySession session, IReadOnlyCollection<Place<TId>> places, CancellationToken cancellation)
        where T : notnull
        where TId : notnull =>
        session.LoadManyAsync<T, TId>($"select w.tenant_id, w.id, found.data from {Wanted<T>(session, "data")}",
            [TextArray(places.Select(p => p.Workspace)), IdArray(places.Select(p => p.Id))], cancellation);

    /// <summary>Whatever this statement finds: <c>tenant_id</c>, <c>id</c> and <c>data</c>.</summary>
    public static async Task<Dictionary<Place<TId>, T>> LoadManyAsync<T, TId>(
        this IQuerySession session, string sql, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellation)
        where T : notnull
        where TId : notnull
    {
        await using var command = new NpgsqlCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        await using var reader = await session.ExecuteReaderAsync(command, cancellation);
        var found = new Dictionary<Place<TId>, T>();
        while (await reader.ReadAsync(cancellation))
            found.Add(new(reader.GetString(0), reader.GetFieldValue<TId>(1)), session.DocumentStore.Options.Serializer().FromJson<T>(reader, 2));
        return found;
    }

    /// <summary>Those of them that exist, with their versions; what is known in the version that is stored is not read again.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="known">Which are wanted, and as what they are known; <c>null</c> for what is not.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Dictionary<Place<TId>, Versioned<T>>> LoadManyAsync<T, TId>(
        this IQuerySession session, IReadOnlyDictionary<Place<TId>, Versioned<T>?> known, CancellationToken cancellation)
        where T : notnull
        where TId : notnull
    {
        await using var command = new NpgsqlCommand(
            $"""
             select w.tenant_id, w.id, found.mt_version, found.data from unnest($1, $2, $3) as w(tenant_id, id, version) cross join lateral (
               select mt_version, case when mt_version is distinct from w.version then data end as data from {TableOf<T>(session)}
               where tenant_id = w.tenant_id and id = w.id limit 1) found
             """);
        command.Parameters.Add(TextArray(known.Keys.Select(p => p.Workspace)));
        command.Parameters.Add(IdArray(known.Keys.Select(p => p.Id)));
        command.Parameters.Add(new() { Value = known.Values.Select(v => v?.Version).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await using var reader = await session.ExecuteReaderAsync(command, cancellation);
        var found = new Dictionary<Place<TId>, Versioned<T>>();
        while (await reader.ReadAsync(cancellation))
        {
            var place = new Place<TId>(reader.GetString(0), reader.GetFieldValue<TId>(1));
            found.Add(place, reader.IsDBNull(3) ? known[place]! : new(reader.GetGuid(2), session.DocumentStore.Options.Serializer().FromJson<T>(reader, 3)));
        }

        return found;
    }

    /// <summary>Which of them exist.</summary>
    public static async Task<HashSet<Place<TId>>> FindManyAsync<T, TId>(this IQuerySession session, IReadOnlyCollection<Place<TId>> places, CancellationToken cancellation)
        where TId : notnull
    {
        await using var command = new NpgsqlCommand($"select w.tenant_id, w.id from {Wanted<T>(session, "1")}");
        command.Parameters.Add(TextArray(places.Select(p => p.Workspace)));
        command.Parameters.Add(IdArray(places.Select(p => p.Id)));
        await using var reader = await session.ExecuteReaderAsync(command, cancellation);
        var found = new HashSet<Place<TId>>();
        while (await reader.ReadAsync(cancellation)) found.Add(new(reader.GetString(0), reader.GetFieldValue<TId>(1)));
        return found;
    }

    /// <summary>
    /// Takes many locks of <see cref="SessionLock.LockAsync"/>, each of its workspace, in one order everywhere, so that nobody waits in a circle.
    /// </summary>
    /// <param name="session">Whose transaction holds them.</param>
    /// <param name="keys">What is locked.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="isShared">Whether others may hold them at the same time who also share; <see cref="SessionLock.LockAsync"/> waits for all of them.</param>
    public static async Task LockManyAsync(this IDocumentSession session, IEnumerable<Place<string>> keys, CancellationToken cancellation, bool isShared = false)
    {
        var inOrder = keys.Select(k => $"{k.Workspace}/{k.Id}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (inOrder.Length == 0) return;
        await session.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand($"select pg_advisory_xact_lock{(isShared ? "_shared" : "")}(hashtextextended(key, 0)) from unnest($1) as key") { Parameters = { TextArray(inOrder) } };
        await session.ExecuteAsync(command, cancellation);
    }

    /// <summary>With the session's commit: new documents. One that exists already fails it.</summary>
    public static void InsertMany<T, TId>(this IDocumentSession session, IReadOnlyList<(Place<TId> Place, T Document)> documents)
        where T : notnull
    {
        if (documents.Count > 0) session.QueueOperation(new WriteMany<T, TId>(session, documents, Guid.NewGuid(), orReplace: false));
    }

    /// <summary>With the session's commit: documents new or changed.</summary>
    /// <returns>The version that all of them have after it; if it fails, none ever has it.</returns>
    public static Guid StoreMany<T, TId>(this IDocumentSession session, IReadOnlyList<(Place<TId> Place, T Document)> documents)
        where T : notnull
    {
        var version = Guid.NewGuid();
        if (documents.Count > 0) session.QueueOperation(new WriteMany<T, TId>(session, documents, version, orReplace: true));
        return version;
    }

    // A look into the index for each, whatever the planner thinks: a join makes it read small tables whole, which much written ones are long after they were small.
    static string Wanted<T>(IQuerySession session, string columns) =>
        $"unnest($1, $2) as w(tenant_id, id) cross join lateral (select {columns} from {TableOf<T>(session)} where tenant_id = w.tenant_id and id = w.id limit 1) found";

    static NpgsqlParameter TextArray(IEnumerable<string> texts) => new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };

    static NpgsqlParameter IdArray<TId>(IEnumerable<TId> ids) => new() { Value = ids.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | IdType<TId>() };

    static NpgsqlDbType IdType<TId>() => typeof(TId) == typeof(Guid) ? NpgsqlDbType.Uuid : NpgsqlDbType.Varchar;

    static string TableOf<T>(IQuerySession session) => MappingOf<T>(session).TableName.QualifiedName;

    static IDocumentType MappingOf<T>(IQuerySession session) => session.DocumentStore.Options.FindOrResolveDocumentType(typeof(T));

    sealed class WriteMany<T, TId>(IQuerySession session, IReadOnlyList<(Place<TId> Place, T Document)> documents, Guid version, bool orReplace) : IStorageOperation, NoDataReturnedCall
        where T : notnull
    {
        public Type DocumentType => typeof(T);

        public OperationRole Role() => orReplace ? OperationRole.Upsert : OperationRole.Insert;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession storage)
        {
            var serializer = session.DocumentStore.Options.Serializer();
            var fields = MappingOf<T>(session).DuplicatedFields;
            var columns = string.Concat(fields.Select(f => $", {f.ColumnName}"));
            builder.Append($"insert into {TableOf<T>(session)} (tenant_id, id, data{columns}, mt_version, mt_dotnet_type) select w.*, ");
            builder.AppendParameter(version, NpgsqlDbType.Uuid);
            builder.Append(", ");
            builder.AppendParameter(typeof(T).FullName!, NpgsqlDbType.Varchar);
            builder.Append(" from unnest(");
            builder.AppendParameter(documents.Select(d => d.Place.Workspace).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Varchar);
            builder.Append(", ");
            builder.AppendParameter(documents.Select(d => d.Place.Id).ToArray(), NpgsqlDbType.Array | IdType<TId>());
            builder.Append(", ");
            builder.AppendParameter(documents.Select(d => serializer.ToJson(d.Document)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);
            foreach (var field in fields)
            {
                builder.Append(", ");
                builder.AppendParameter<object>(Values(field), NpgsqlDbType.Array | field.DbType);
            }

            builder.Append(") as w");
            if (!orReplace) return;
            builder.Append(" on conflict (tenant_id, id) do update set data = excluded.data, mt_last_modified = transaction_timestamp(), mt_version = excluded.mt_version");
            foreach (var field in fields) builder.Append($", {field.ColumnName} = excluded.{field.ColumnName}");
        }

        Array Values(DuplicatedField field)
        {
            var member = (PropertyInfo)field.Members.Single();
            var values = Array.CreateInstance(member.PropertyType, documents.Count);
            for (var i = 0; i < values.Length; i++) values.SetValue(member.GetValue(documents[i].Document), i);
            return values;
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
    }
}
