using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace AutoDev.Backup;

/// <summary>
/// pg_dump and pg_restore, from the PATH or from where Debian puts them. <c>AUTODEV_PG_TOOLS</c> runs them elsewhere, for example
/// <c>docker exec -i -e PGPASSWORD CONTAINER</c>; the server's address as seen from there is then <c>AUTODEV_PG_ADDRESS</c> (host:port).
/// </summary>
sealed class PostgresTools(NpgsqlConnectionStringBuilder server)
{
    readonly string[] _elsewhere = Environment.GetEnvironmentVariable("AUTODEV_PG_TOOLS")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>What a database holds, as of the snapshot, into a file.</summary>
    public async Task DumpAsync(string database, string snapshot, string file)
    {
        using var process = Start("pg_dump", [.. Server(), "--format=custom", "--no-password", $"--snapshot={snapshot}", $"--dbname={database}"]);
        process.StandardInput.Close();
        await using (var output = new FileStream(file, FileMode.CreateNew)) await process.StandardOutput.BaseStream.CopyToAsync(output);
        await EndAsync(process, $"pg_dump of {database}");
    }

    /// <summary>A dump into an empty database, all or nothing.</summary>
    /// <param name="file">The dump.</param>
    /// <param name="database">Where it goes.</param>
    /// <param name="role">Whose everything shall be; <c>null</c>: of the user who connects.</param>
    public async Task RestoreAsync(string file, string database, string? role)
    {
        string[] owner = role is null ? [] : [$"--role={role}"];
        await FeedAsync(file, $"pg_restore into {database}", [.. Server(), "--no-password", "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", .. owner, $"--dbname={database}"]);
    }

    /// <summary>Whether pg_restore can read the dump's table of contents.</summary>
    public Task ListAsync(string file) => FeedAsync(file, $"{Path.GetFileName(file)} is no dump that this pg_restore reads", ["--list"]);

    async Task FeedAsync(string file, string what, string[] arguments)
    {
        using var process = Start("pg_restore", arguments);
        var output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        try
        {
            await using (var input = File.OpenRead(file)) await input.CopyToAsync(process.StandardInput.BaseStream);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it has read enough, or has ended with an error: its exit code says which
        }

        await output;
        await EndAsync(process, what);
    }

    Process Start(string tool, string[] arguments)
    {
        string[] command = _elsewhere.Length > 0 ? [.. _elsewhere, tool, .. arguments] : [Find(tool), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PGPASSWORD"] = server.Password ?? "";
        start.Environment["PGAPPNAME"] = "backup";
        start.Environment["PGSSLMODE"] = server.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => mode.ToString().ToLowerInvariant() };
        if (server.RootCertificate is { } root) start.Environment["PGSSLROOTCERT"] = root;
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BackupException($"{tool} cannot be started ({command[0]}): install PostgreSQL's client (Debian: postgresql-client), not older than the server.", e);
        }
    }

    string[] Server()
    {
        var address = Environment.GetEnvironmentVariable("AUTODEV_PG_ADDRESS")?.Split(':');
        return [$"--host={address?[0] ?? server.Host}", $"--port={address?[1] ?? $"{server.Port}"}", $"--username={server.Username}"];
    }

    // The newest: a client of an older version refuses a newer server.
    static string Find(string tool) =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(d => Path.Combine(d, "bin", tool)).FirstOrDefault(File.Exists) ?? tool
            : tool;

    static async Task EndAsync(Process process, string what)
    {
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new BackupException($"{what} (exit code {process.ExitCode}): {errors.Trim()}");
    }
}
