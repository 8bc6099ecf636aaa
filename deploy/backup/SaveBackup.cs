using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using RabbitMQ.Client;

namespace AutoDev.Backup;

/// <summary>
/// Saves an installation whose services are stopped: then every message is either in an outbox or in a queue, and all databases and queues are of one moment.
/// The services need to be stopped only until the snapshots are held and the queues are read, which does not depend on how much the databases hold.
/// </summary>
sealed class SaveBackup(Installation installation, string folder)
{
    readonly Databases _databases = new(installation);
    readonly PostgresTools _tools = new(installation.Postgres);
    readonly string _partial = folder.TrimEnd('/') + ".partial";

    /// <param name="adminKey">A file with the first administrator's key, to be saved too.</param>
    /// <param name="released">A file that is made when the services may run again.</param>
    /// <exception cref="BackupException">It cannot be saved; nothing has the name of a backup then.</exception>
    public async Task RunAsync(string? adminKey, string? released)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new BackupException($"{folder} is not empty. A backup goes into a folder of its own.");
        if (Directory.Exists(_partial)) Directory.Delete(_partial, recursive: true);
        Directory.CreateDirectory(_partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // passwords' hashes, agents' data, the admin key

        var saved = await _databases.ListAsync();
        if (saved.Count == 0) throw new BackupException($"There is no database {installation.Prefix}… on {installation.Postgres.Host}: nothing to save.");
        await _databases.AreLeftAsync();
        var snapshots = new List<(SavedDatabase Database, NpgsqlConnection Holder, string Snapshot)>();
        try
        {
            foreach (var database in saved) snapshots.Add(await HoldAsync(database));
            var (queues, rabbit) = await SaveBrokerAsync();
            var taken = DateTimeOffset.UtcNow;
            if (adminKey is not null) File.Copy(adminKey, In(Manifest.AdminKey));
            if (released is not null) await File.WriteAllTextAsync(released, "");

            foreach (var (database, _, snapshot) in snapshots) await _tools.DumpAsync(_databases.NameOf(database.Service), snapshot, In(database.File));
            var manifest = new Manifest(Manifest.CurrentFormat, taken, Software, $"{await _databases.VersionAsync()}", rabbit, saved, queues);
            await File.WriteAllTextAsync(In(Manifest.File), JsonSerializer.Serialize(manifest, Manifest.Json) + "\n");
            await CloseAsync();
            Console.WriteLine(manifest.InWords());
        }
        finally
        {
            foreach (var (_, holder, _) in snapshots) await holder.DisposeAsync();
        }
    }

    static string Software => typeof(SaveBackup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    string In(string file) => Path.Combine(_partial, file);

    /// <summary>What a transaction sees from now on, for pg_dump to see it too.</summary>
    async Task<(SavedDatabase, NpgsqlConnection, string)> HoldAsync(SavedDatabase database)
    {
        var holder = await _databases.OpenAsync(_databases.NameOf(database.Service));
        await using var hold = new NpgsqlCommand("begin transaction isolation level repeatable read read only; select pg_export_snapshot()", holder);
        return (database, holder, (string)(await hold.ExecuteScalarAsync())!);
    }

    async Task<(Dictionary<string, int> Queues, string Version)> SaveBrokerAsync()
    {
        using var broker = new Broker(installation);
        var definitions = await broker.DefinitionsAsync();
        await File.WriteAllTextAsync(In(Manifest.Definitions), definitions.ToJsonString(Manifest.Json) + "\n");

        var queues = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var connection = await broker.ConnectAsync();
        await using var file = new GZipStream(new FileStream(In(Manifest.Messages), FileMode.CreateNew), CompressionLevel.Fastest);
        await using var lines = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (var (queue, count) in await Broker.AreLeftAsync(connection, await broker.QueuesAsync()))
            if (count > 0) queues[queue] = await ReadAsync(connection, queue, count, lines);
        return (queues, await broker.VersionAsync());
    }

    // None is acknowledged: when the channel closes, all are where they were, in their order. What agents send meanwhile comes behind them, and is not of this moment.
    static async Task<int> ReadAsync(IConnection connection, string queue, uint count, StreamWriter lines)
    {
        await using var channel = await connection.CreateChannelAsync();
        for (var read = 0; read < count; read++)
        {
            if (await channel.BasicGetAsync(queue, autoAck: false) is not { } message) return read; // the rest of a delay queue has come due meanwhile
            await lines.WriteLineAsync(SavedMessage.Of(queue, message).ToJsonString());
        }

        return (int)count;
    }

    /// <summary>Checksums, modes, and then the name that says that it is whole.</summary>
    async Task CloseAsync()
    {
        var sums = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(_partial).Order(StringComparer.Ordinal))
        {
            await using var content = File.OpenRead(file);
            sums.Append(Convert.ToHexStringLower(await SHA256.HashDataAsync(content))).Append("  ").Append(Path.GetFileName(file)).Append('\n');
        }

        await File.WriteAllTextAsync(In(Manifest.Checksums), sums.ToString());
        foreach (var file in Directory.EnumerateFiles(_partial)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Directory.Exists(folder)) Directory.Delete(folder);
        Directory.Move(_partial, folder);
    }
}
