using Npgsql;

namespace AutoDev.Backup;

/// <summary>The services' databases on the server.</summary>
sealed class Databases(Installation installation)
{
    /// <summary>What a database is called while it is being loaded, and while it can still be brought back.</summary>
    public const string Restoring = "_restoring", Replaced = "_replaced";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The services' databases that there are, with what a dump does not say of them.</summary>
    public async Task<List<SavedDatabase>> ListAsync()
    {
        await using var server = await OpenAsync("postgres");
        await using var find = new NpgsqlCommand(
            $"""
             select substr(datname, length($1) + 1), pg_get_userbyid(datdba), coalesce((select setconfig from pg_db_role_setting where setdatabase = d.oid and setrole = 0), '{"{}"}')
             from pg_database d where starts_with(datname, $1) and not datname like '%\{Restoring}' and not datname like '%\{Replaced}' order by 1
             """, server) { Parameters = { new() { Value = installation.Prefix } } };
        await using var reader = await find.ExecuteReaderAsync();
        var found = new List<SavedDatabase>();
        while (await reader.ReadAsync()) found.Add(new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<string[]>(2)));
        return found;
    }

    /// <summary>Its whole name.</summary>
    public string NameOf(string service) => installation.Prefix + service;

    /// <summary>The server's version.</summary>
    public async Task<Version> VersionAsync()
    {
        await using var server = await OpenAsync("postgres");
        return server.PostgreSqlVersion;
    }

    public async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = installation.Connect(database);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Waits until no service is connected any more.</summary>
    /// <exception cref="BackupException">One stays.</exception>
    public async Task AreLeftAsync()
    {
        await using var server = await OpenAsync("postgres");
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            await using var find = new NpgsqlCommand(
                "select string_agg(distinct datname, ', ') from pg_stat_activity where starts_with(datname, $1) and application_name <> 'backup' and backend_type = 'client backend'", server)
            {
                Parameters = { new() { Value = installation.Prefix } },
            };
            if (await find.ExecuteScalarAsync() is not string used) return;
            if (DateTime.UtcNow > until) throw new BackupException($"Somebody is connected to {used}. Stop every instance of the services first: what they write meanwhile would be of another moment.");
            await pace.WaitForNextTickAsync();
        }
    }

    /// <summary>An empty database with the owner and the settings that the saved one had.</summary>
    /// <returns>The role that owns it; <c>null</c>: whoever connects.</returns>
    public async Task<string?> CreateAsync(string name, SavedDatabase saved)
    {
        await using var server = await OpenAsync("postgres");
        await using var known = new NpgsqlCommand("select 1 from pg_roles where rolname = $1 and rolname <> current_user", server) { Parameters = { new() { Value = saved.Owner } } };
        var owner = await known.ExecuteScalarAsync() is null ? null : saved.Owner;
        await RunAsync(server, $"drop database if exists {Quoted(name)} with (force)");
        await RunAsync(server, $"create database {Quoted(name)}{(owner is null ? "" : $" owner {Quoted(owner)}")}");
        foreach (var setting in saved.Settings)
        {
            var (key, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            await RunAsync(server, $"alter database {Quoted(name)} set {Quoted(key)} = '{value.Replace("'", "''", StringComparison.Ordinal)}'");
        }

        return owner;
    }

    /// <summary>Without statistics the first hours' plans are those for empty tables.</summary>
    public async Task AnalyseAsync(string name)
    {
        await using var database = await OpenAsync(name);
        await RunAsync(database, "analyze");
    }

    /// <summary>What was loaded takes the place of what was there, which stays under another name until <see cref="DropReplacedAsync"/>.</summary>
    public async Task SwapAsync(string name)
    {
        await using var server = await OpenAsync("postgres");
        await RunAsync(server, $"drop database if exists {Quoted(name + Replaced)} with (force)");
        await using (var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", server) { Parameters = { new() { Value = name } } })
            if (await exists.ExecuteScalarAsync() is not null) await RunAsync(server, $"alter database {Quoted(name)} rename to {Quoted(name + Replaced)}");
        await RunAsync(server, $"alter database {Quoted(name + Restoring)} rename to {Quoted(name)}");
    }

    public async Task DropReplacedAsync(string name)
    {
        await using var server = await OpenAsync("postgres");
        await RunAsync(server, $"drop database if exists {Quoted(name + Replaced)} with (force)");
    }

    static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
