using AutoDev.Memento.Catalog;
using Marten;
using Npgsql;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>A version of a skill as it is known among many.</summary>
sealed record SkillSketch(string Skill, string Version, int Parameters, SourceSketch Source, IReadOnlyList<string> Words);

/// <summary>
/// What every version of a skill that was ever current is known by: a table beside the catalog, written once a version and looked up by an index. A version that
/// has no row yet gets one before the next look, whoever published it.
/// </summary>
static class SketchTable
{
    const string Name = "skill_sketches";
    const int AtOnce = 500;

    public static void AddSketchTable(this StoreOptions options)
    {
        var table = new Table(new PostgresqlObjectName(options.DatabaseSchemaName, Name, SchemaUtils.IdentifierUsage.General));
        table.AddColumn("tenant_id", "varchar").AsPrimaryKey();
        table.AddColumn("skill", "varchar").AsPrimaryKey();
        table.AddColumn("version", "varchar").AsPrimaryKey();
        table.AddColumn("parameters", "int").NotNull();
        table.AddColumn("shingles", "int[]").NotNull();
        table.AddColumn("bands", "int[]").NotNull();
        table.AddColumn("words", "text[]").NotNull();
        table.Indexes.Add(new IndexDefinition($"{Name}_by_bands") { Columns = ["bands"], Method = IndexMethod.gin });
        table.Indexes.Add(new IndexDefinition($"{Name}_by_parameters") { Columns = ["tenant_id", "parameters"] });
        options.Storage.ExtendedSchemaObjects.Add(table);
    }

    /// <summary>Gives every current version that has no row one, in the session's transaction.</summary>
    public static async Task CompleteAsync(IDocumentSession session, CancellationToken cancellation)
    {
        while (true)
        {
            await using var find = new NpgsqlCommand(
                $"""
                 select d.id from mt_doc_skill d where d.tenant_id = $1 and not exists (
                     select 1 from {Name} s where s.tenant_id = d.tenant_id and s.skill = d.id and s.version = d.data ->> 'CurrentVersion')
                 order by d.id limit {AtOnce}
                 """) { Parameters = { new() { Value = session.TenantId } } };
            var names = new List<string>();
            await using (var reader = await session.ExecuteReaderAsync(find, cancellation))
            {
                while (await reader.ReadAsync(cancellation)) names.Add(reader.GetString(0));
            }

            if (names.Count == 0) return;
            var skills = await session.LoadManyAsync<Skill>(cancellation, [.. names]);
            var versions = await session.LoadManyAsync<SkillVersion>(cancellation, [.. skills.Select(s => SkillVersion.IdOf(s.Name, s.CurrentVersion))]);
            var known = versions.ToDictionary(v => v.SkillName, StringComparer.Ordinal);
            foreach (var skill in skills.OrderBy(s => s.Name, StringComparer.Ordinal)) await InsertAsync(session, Of(skill, known[skill.Name]), cancellation);
        }
    }

    /// <summary>Those that share the most bands with this source: all that are likely to be near, whatever they take.</summary>
    public static Task<List<SkillSketch>> NearAsync(IDocumentSession session, SourceSketch source, int most, CancellationToken cancellation) => ReadAsync(
        session, "bands && $2 order by (select count(*) from unnest(bands) b where b = any($2)) desc, skill, version limit $3", [source.Bands.ToArray(), most], cancellation);

    /// <summary>Those that take as many parameters and share the most words.</summary>
    public static Task<List<SkillSketch>> AlikeAsync(IDocumentSession session, int parameters, string[] words, int most, CancellationToken cancellation) => ReadAsync(
        session, "parameters = $2 order by (select count(*) from unnest(words) w where w = any($3)) desc, skill, version limit $4", [parameters, words, most],
        cancellation);

    static SkillSketch Of(Skill skill, SkillVersion version) => new(
        skill.Name, version.Version, version.Parameters.Count, SourceSketch.Of(version.Source),
        Description.WordsOf([skill.Name, skill.Description, skill.TaskDescription, .. version.Parameters]));

    static async Task InsertAsync(IDocumentSession session, SkillSketch sketch, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand($"insert into {Name} values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing")
        {
            Parameters =
            {
                new() { Value = session.TenantId }, new() { Value = sketch.Skill }, new() { Value = sketch.Version }, new() { Value = sketch.Parameters },
                new() { Value = sketch.Source.Shingles.ToArray() }, new() { Value = sketch.Source.Bands.ToArray() }, new() { Value = sketch.Words.ToArray() },
            },
        };
        await using var done = await session.ExecuteReaderAsync(insert, cancellation);
    }

    static async Task<List<SkillSketch>> ReadAsync(IDocumentSession session, string which, object[] parameters, CancellationToken cancellation)
    {
        await using var read = new NpgsqlCommand($"select skill, version, parameters, shingles, bands, words from {Name} where tenant_id = $1 and {which}")
        {
            Parameters = { new() { Value = session.TenantId } },
        };
        foreach (var parameter in parameters) read.Parameters.Add(new() { Value = parameter });
        await using var reader = await session.ExecuteReaderAsync(read, cancellation);
        var found = new List<SkillSketch>();
        while (await reader.ReadAsync(cancellation))
        {
            var source = new SourceSketch(reader.GetFieldValue<int[]>(3), reader.GetFieldValue<int[]>(4));
            found.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), source, reader.GetFieldValue<string[]>(5)));
        }

        return found;
    }
}
