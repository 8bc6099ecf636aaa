using System.IO.Compression;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace AutoDev.Backup;

/// <summary>
/// Loads a backup into an installation whose services are stopped. Everything is checked first, and loaded beside what is there; only when all of it is loaded does
/// it take its place. What went wrong in between can be done again.
/// </summary>
sealed class LoadBackup(Installation installation, string folder)
{
    readonly Databases _databases = new(installation);
    readonly PostgresTools _tools = new(installation.Postgres);

    /// <param name="isReplacing">Whether what is there may be replaced.</param>
    /// <exception cref="BackupException">It is damaged, there is something already, or it cannot be loaded.</exception>
    public async Task RunAsync(bool isReplacing)
    {
        var manifest = await CheckBackup.RunAsync(installation, folder);
        using var broker = new Broker(installation);
        await using var connection = await broker.ConnectAsync();
        var there = await _databases.ListAsync();
        var waiting = await Broker.AreLeftAsync(connection, await broker.QueuesAsync());
        if (!isReplacing && (there.Count > 0 || waiting.Values.Any(count => count > 0)))
        {
            throw new BackupException(
                $"There is something already, and it would be replaced: {string.Join(", ", there.Select(d => _databases.NameOf(d.Service)))}{(there.Count > 0 ? ", " : "")}{waiting.Values.Sum(count => count)} messages in queues.");
        }

        await _databases.AreLeftAsync();
        foreach (var database in manifest.Databases)
        {
            var loading = _databases.NameOf(database.Service) + Databases.Restoring;
            await _tools.RestoreAsync(Path.Combine(folder, database.File), loading, await _databases.CreateAsync(loading, database));
            await _databases.AnalyseAsync(loading);
        }

        foreach (var database in manifest.Databases) await _databases.SwapAsync(_databases.NameOf(database.Service));
        await LoadBrokerAsync(broker, connection, waiting.Keys);
        foreach (var database in manifest.Databases) await _databases.DropReplacedAsync(_databases.NameOf(database.Service));
        Console.WriteLine(manifest.InWords());
    }

    async Task LoadBrokerAsync(Broker broker, IConnection connection, IEnumerable<string> queues)
    {
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var queue in queues) await channel.QueuePurgeAsync(queue); // it was said by what is no more
        await broker.DefineAsync(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, Manifest.Definitions)))!);

        // To one queue only, and with the message's own routing key: an exchange of our own that knows this queue alone.
        var exchange = $"autodev.restore-{Guid.NewGuid():N}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: false, autoDelete: false);
        try
        {
            string? bound = null;
            await foreach (var line in LinesAsync())
            {
                var (queue, routingKey, properties, body) = SavedMessage.Read(JsonNode.Parse(line)!);
                if (queue != bound)
                {
                    if (bound is not null) await channel.QueueUnbindAsync(bound, exchange, "");
                    await channel.QueueBindAsync(queue, exchange, "");
                    bound = queue;
                }

                await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body);
            }
        }
        finally
        {
            await channel.ExchangeDeleteAsync(exchange);
        }
    }

    async IAsyncEnumerable<string> LinesAsync()
    {
        await using var file = new GZipStream(File.OpenRead(Path.Combine(folder, Manifest.Messages)), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        while (await reader.ReadLineAsync() is { } line) yield return line;
    }
}
