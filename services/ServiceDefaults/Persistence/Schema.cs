using JasperFx;
using Marten;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>
/// Makes the service's database and its tables, once, at start; afterwards nothing changes a table behind the service's back. Instances that start together
/// go one after the other, and a table or column that is there is never dropped.
/// </summary>
sealed class Schema(IDocumentStore store, IConfiguration configuration, ILogger<Schema> logger)
{
    // Any number that nothing else in the database uses; the lock lives as long as the connection that holds it.
    const long MigrationLock = 0x6175746f646576;

    /// <summary>Makes what is missing. Safe to repeat and to run on several instances at once.</summary>
    /// <exception cref="NpgsqlException">The database is not there, or refuses.</exception>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        await CreateDatabase(cancellation);
        await using var holder = store.Storage.Database.CreateConnection();
        await holder.OpenAsync(cancellation);
        await using (var wait = new NpgsqlCommand("select pg_advisory_lock($1)", holder) { Parameters = { new() { Value = MigrationLock } }, CommandTimeout = 0 })
            await wait.ExecuteNonQueryAsync(cancellation);
        try
        {
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        }
        finally
        {
            await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", holder) { Parameters = { new() { Value = MigrationLock } } };
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    /// <summary>
    /// Only where it is missing: an account that owns its database may well be allowed to connect to no other. Who sets up accounts makes the databases with them
    /// (deploy/postgres/accounts.sql).
    /// </summary>
    async Task CreateDatabase(CancellationToken cancellation)
    {
        using var own = store.Storage.Database.CreateConnection();
        if (await Exists(own, cancellation)) return;
        var name = own.Database;
        var server = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("postgres")) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(cancellation);
        try
        {
            await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation);

            // Several times as fast as PostgreSQL's own way for what is larger than 2 KB: batches of outgoing messages above all. Not every build has it.
            await using var compress = new NpgsqlCommand(
                $"""
                 do $$ begin
                   if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)) then
                     alter database "{name}" set default_toast_compression = 'lz4';
                   end if;
                 end $$
                 """, connection);
            await compress.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            logger.LogDebug("Another instance made {Database} first", name);
        }
    }

    static async Task<bool> Exists(NpgsqlConnection own, CancellationToken cancellation)
    {
        try
        {
            await own.OpenAsync(cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            return false;
        }
    }
}
