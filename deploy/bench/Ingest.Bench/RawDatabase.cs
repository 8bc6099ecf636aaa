using System.Diagnostics;
using AutoDev.Testing;
using Npgsql;
using NpgsqlTypes;

namespace AutoDev.Ingest.Bench;

/// <summary>PostgreSQL as it is: batched inserts of the same JSON, one commit a batch.</summary>
sealed class RawDatabase(NpgsqlDataSource database) : IAsyncDisposable
{
    const int Batch = 500;

    /// <summary>Beside the service's tables, in its database.</summary>
    public static async Task<RawDatabase> CreateAsync(TestInstallation installation)
    {
        var database = NpgsqlDataSource.Create(Reflection.DatabaseOf(installation));
        await using var create = database.CreateCommand("create table bench_rows (id uuid primary key, data jsonb not null)");
        await create.ExecuteNonQueryAsync();
        return new(database);
    }

    /// <returns>Rows per second.</returns>
    public async Task<double> InsertAsync(IReadOnlyList<Episode> episodes)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var batch in episodes.Chunk(Batch))
        {
            await using var insert = database.CreateCommand("insert into bench_rows select * from unnest($1, $2)");
            insert.Parameters.Add(new() { Value = batch.Select(_ => Guid.CreateVersion7()).ToArray() });
            insert.Parameters.Add(new() { Value = batch.Select(e => e.Json).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
            await insert.ExecuteNonQueryAsync();
        }

        return episodes.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
