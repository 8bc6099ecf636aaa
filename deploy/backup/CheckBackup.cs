using System.Security.Cryptography;
using System.Text.Json;

namespace AutoDev.Backup;

/// <summary>Whether a folder is a whole backup that can be loaded here. Changes nothing.</summary>
static class CheckBackup
{
    /// <exception cref="BackupException">It is not, and why.</exception>
    public static async Task<Manifest> RunAsync(Installation installation, string folder)
    {
        var sums = Path.Combine(folder, Manifest.Checksums);
        if (!File.Exists(sums)) throw new BackupException($"{folder} is no backup: it has no {Manifest.Checksums}.");
        var expected = (await File.ReadAllLinesAsync(sums)).Select(line => line.Split("  ", 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        foreach (var (name, sum) in expected)
        {
            var file = Path.Combine(folder, Path.GetFileName(name));
            if (!File.Exists(file)) throw new BackupException($"The backup is damaged: {name} is missing.");
            await using var content = File.OpenRead(file);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content)) != sum) throw new BackupException($"The backup is damaged: {name} is not what was written.");
        }

        var manifest = await ReadAsync(folder);
        foreach (var needed in manifest.Databases.Select(d => d.File).Append(Manifest.File).Append(Manifest.Definitions).Append(Manifest.Messages))
            if (!expected.ContainsKey(needed)) throw new BackupException($"The backup is damaged: {Manifest.Checksums} does not name {needed}.");
        if ((await new Databases(installation).VersionAsync()).Major < Version.Parse(manifest.Postgres).Major)
            throw new BackupException($"It was saved from PostgreSQL {manifest.Postgres}, and the server here is older.");
        var tools = new PostgresTools(installation.Postgres);
        foreach (var database in manifest.Databases) await tools.ListAsync(Path.Combine(folder, database.File));
        return manifest;
    }

    static async Task<Manifest> ReadAsync(string folder)
    {
        var file = Path.Combine(folder, Manifest.File);
        if (!File.Exists(file)) throw new BackupException($"{folder} is no backup: it has no {Manifest.File}.");
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(await File.ReadAllTextAsync(file), Manifest.Json)!;
            return manifest.Format == Manifest.CurrentFormat ? manifest : throw new BackupException($"The backup has the format {manifest.Format}; this version loads {Manifest.CurrentFormat}.");
        }
        catch (JsonException e)
        {
            throw new BackupException($"The backup is damaged: {Manifest.File} cannot be read.", e);
        }
    }
}
