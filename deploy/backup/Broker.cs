using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace AutoDev.Backup;

/// <summary>The broker's virtual host: what is declared in it, and what waits there.</summary>
sealed class Broker(Installation installation) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly HttpClient _api = Api(installation.Management);

    string Host => Uri.EscapeDataString(installation.VirtualHost);

    public async Task<string> VersionAsync() => (string)(await GetAsync("overview"))!["rabbitmq_version"]!;

    /// <summary>What stays when nobody is connected: durable exchanges and queues, what binds them, policies. Users are the installation's own.</summary>
    public async Task<JsonObject> DefinitionsAsync()
    {
        var all = (JsonObject)(await GetAsync($"definitions/{Host}"))!;
        static bool Stays(JsonNode? declared) =>
            (bool)declared!["durable"]! && !(bool)declared["auto_delete"]! && declared["arguments"]?["x-expires"] is null;
        var queues = Kept(all, "queues", Stays);
        var exchanges = Kept(all, "exchanges", Stays);
        Kept(all, "bindings", b => exchanges.Contains((string)b!["source"]!)
            && ((string)b["destination_type"]! == "queue" ? queues : exchanges).Contains((string)b["destination"]!));
        return all;
    }

    /// <summary>Declares what is missing.</summary>
    /// <exception cref="BackupException">The broker refuses: the same name is declared otherwise there.</exception>
    public async Task DefineAsync(JsonNode definitions)
    {
        using var answer = await _api.PostAsJsonAsync(new Uri($"api/definitions/{Host}", UriKind.Relative), definitions);
        if (!answer.IsSuccessStatusCode) throw new BackupException($"The broker refuses the saved definitions: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>The names of all durable queues there.</summary>
    public async Task<List<string>> QueuesAsync() => [.. (await DefinitionsAsync())["queues"]!.AsArray().Select(q => (string)q!["name"]!).Order(StringComparer.Ordinal)];

    public async Task<IConnection> ConnectAsync() => await new ConnectionFactory { Uri = installation.Broker, ClientProvidedName = "backup" }.CreateConnectionAsync();

    /// <summary>Waits until nobody consumes any more; then what was on its way to a consumer is back in its queue.</summary>
    /// <returns>How many messages wait in each queue.</returns>
    /// <exception cref="BackupException">A consumer stays.</exception>
    public static async Task<Dictionary<string, uint>> AreLeftAsync(IConnection connection, IEnumerable<string> queues)
    {
        await using var channel = await connection.CreateChannelAsync();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var (until, counts) = (DateTime.UtcNow + Patience, new Dictionary<string, uint>(StringComparer.Ordinal));
        foreach (var queue in queues)
        {
            QueueDeclareOk declared;
            while ((declared = await channel.QueueDeclarePassiveAsync(queue)).ConsumerCount > 0)
            {
                if (DateTime.UtcNow > until) throw new BackupException($"{queue} has a consumer. Stop every instance of the services first.");
                await pace.WaitForNextTickAsync();
            }

            counts[queue] = declared.MessageCount;
        }

        return counts;
    }

    public void Dispose() => _api.Dispose();

    /// <summary>Removes the others, and names those that are left.</summary>
    static HashSet<string> Kept(JsonObject all, string kind, Func<JsonNode?, bool> stays)
    {
        var kept = new JsonArray([.. all[kind]!.AsArray().Where(stays).Select(n => n!.DeepClone())]);
        all[kind] = kept;
        return [.. kept.Select(n => (string?)n!["name"] ?? "")];
    }

    async Task<JsonNode?> GetAsync(string path)
    {
        try
        {
            return await _api.GetFromJsonAsync<JsonNode>(new Uri($"api/{path}", UriKind.Relative));
        }
        catch (HttpRequestException e)
        {
            throw new BackupException($"The broker's management API does not answer at {_api.BaseAddress}: {e.Message}", e);
        }
    }

    static HttpClient Api(Uri management)
    {
        var api = new HttpClient { BaseAddress = new UriBuilder(management) { UserName = "", Password = "" }.Uri };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        return api;
    }
}
