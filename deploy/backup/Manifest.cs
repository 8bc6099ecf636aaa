using System.Globalization;
using System.Text.Json;

namespace AutoDev.Backup;

/// <summary>What a backup holds; <c>manifest.json</c> in its folder.</summary>
/// <param name="Format">How the folder is built; another number is another version's.</param>
/// <param name="Taken">When everything stood still; what the backup holds is of this moment.</param>
/// <param name="Software">The version that wrote it.</param>
/// <param name="Postgres">The database server's version: it must not be loaded into an older one.</param>
/// <param name="RabbitMq">The broker's version.</param>
/// <param name="Databases">One for each service.</param>
/// <param name="Queues">How many messages waited in which queue, where any did.</param>
sealed record Manifest(
    int Format, DateTimeOffset Taken, string Software, string Postgres, string RabbitMq, IReadOnlyList<SavedDatabase> Databases, IReadOnlyDictionary<string, int> Queues)
{
    /// <summary>The format that is written here.</summary>
    public const int CurrentFormat = 1;

    public const string File = "manifest.json", Definitions = "definitions.json", Messages = "messages.jsonl.gz", AdminKey = "admin-key", Checksums = "SHA256SUMS";

    /// <summary>How it is written.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>For a person who is about to load it.</summary>
    public string InWords() => string.Create(CultureInfo.InvariantCulture,
        $"Taken {Taken:yyyy-MM-dd HH:mm:ss}Z by version {Software}: {Databases.Count} databases, {Queues.Values.Sum()} messages that waited in queues.");
}

/// <param name="Service">The word after the installation's prefix.</param>
/// <param name="Owner">The role that owned it.</param>
/// <param name="Settings">Those of the database itself, such as <c>default_toast_compression=lz4</c>: they are no part of a dump.</param>
sealed record SavedDatabase(string Service, string Owner, IReadOnlyList<string> Settings)
{
    public string File => $"{Service}.dump";
}
