using Npgsql;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// Every column of every table of a service, beside what was approved of them in <c>Approved/columns</c>. While an upgrade goes on two versions write the same tables:
/// the earlier one must find its columns as they were, and write rows without the new ones.
/// </summary>
static class Columns
{
    const string Required = " required";

    static readonly string Approved = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/columns");

    /// <summary>What is wrong with a database whose tables are there, in words; what can be approved is written beside the approved file.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(string service, NpgsqlConnection database, CancellationToken cancellation)
    {
        var file = Path.Combine(Approved, service + ".txt");
        var now = await ReadAsync(database, cancellation);
        var approved = File.Exists(file) ? await File.ReadAllLinesAsync(file, cancellation) : [];
        var wrong = Broken(approved, now);
        if (wrong.Count > 0 || now.SequenceEqual(approved)) return wrong;
        Directory.CreateDirectory(Approved);
        await File.WriteAllLinesAsync(file + ".received", now, cancellation);
        return [$"{service} has columns that nobody approved yet. Look at them, then: mv {file}.received {file}"];
    }

    /// <summary>What an instance of the version before would stumble over.</summary>
    /// <param name="approved">Lines as <see cref="ReadAsync"/> makes them, of that version.</param>
    /// <param name="now">Of this one.</param>
    public static IReadOnlyList<string> Broken(IReadOnlyCollection<string> approved, IReadOnlyCollection<string> now)
    {
        var (were, tables) = (approved.Select(NameOf).ToHashSet(StringComparer.Ordinal), approved.Select(TableOf).ToHashSet(StringComparer.Ordinal));
        return
        [
            .. approved.Except(now).Select(line => $"'{line}' is gone or otherwise: the version before reads and writes it."),
            .. now.Where(line => line.EndsWith(Required, StringComparison.Ordinal) && tables.Contains(TableOf(line)) && !were.Contains(NameOf(line)))
                .Select(line => $"'{line}' is new in a table that is there: rows of the version before have nothing for it. It must be nullable or have a default."),
        ];
    }

    static string NameOf(string line) => line[..line.IndexOf(' ', StringComparison.Ordinal)];

    static string TableOf(string line) => line[..line.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>A line for each: <c>table.column type</c>, and <c>required</c> where a row must name it.</summary>
    static async Task<List<string>> ReadAsync(NpgsqlConnection database, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select c.table_name || '.' || c.column_name || ' ' || c.udt_name || case when c.is_nullable = 'NO' and c.column_default is null and c.is_generated = 'NEVER' and c.is_identity = 'NO' then '{Required}' else '' end
            from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
            """, database);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancellation)) lines.Add(reader.GetString(0));
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}
