using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using AutoDev.Testing;
using Npgsql;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>Two instances of every service, each with its own wire to the broker, on parts of their own.</summary>
sealed class Fleet : IAsyncDisposable
{
    const int InstancesOfEach = 2;

    readonly List<(ServiceProcess Process, TcpProxy Link)> _instances = [];
    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(15) };

    Fleet(string folder, string? before)
    {
        (Folder, Before) = (folder, before);
        Parts = new(folder);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
    }

    public string Folder { get; }

    /// <summary>The build in which every service begins, and to which it is put back meanwhile; <c>null</c>: there is one version only.</summary>
    public string? Before { get; }

    public OwnParts Parts { get; }

    /// <summary>The agents' own way to the broker.</summary>
    public TcpProxy Agents { get; private set; } = null!;

    public IEnumerable<ServiceProcess> Processes => _instances.Select(i => i.Process);

    /// <summary>Starts every service, though neither broker nor database is there.</summary>
    public static async Task<Fleet> StartAsync(string folder, string? before)
    {
        var fleet = new Fleet(folder, before);
        await fleet.Parts.ChooseAsync();
        fleet.Agents = new(fleet.Parts.Broker.Host, fleet.Parts.Broker.Port);
        var addresses = ServiceProcess.Services.ToDictionary(s => s, _ => Enumerable.Range(0, InstancesOfEach).Select(_ => FreePort.Find()).ToArray(), StringComparer.Ordinal);
        foreach (var (service, ports) in addresses)
        {
            for (var i = 0; i < ports.Length; i++)
            {
                var link = new TcpProxy(fleet.Parts.Broker.Host, fleet.Parts.Broker.Port);
                var settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["ConnectionStrings:rabbitmq"] = fleet.ThroughLink(link).ToString(),
                    ["ConnectionStrings:postgres"] = $"{fleet.Parts.Database};Maximum Pool Size=15",
                    ["Security:AdminKey"] = TestInstallation.AdminKey,
                    ["Generation:TimeBudget"] = "00:01:00", // what can be learned is learned, however slow the machine is
                    ["Failures:Delays:0"] = "00:00:02",
                    ["Failures:Delays:1"] = "00:00:05",
                    ["Failures:Delays:2"] = "00:00:05", // over the four usual ones
                    ["Failures:Delays:3"] = "00:00:05",
                    ["Failures:OvertakenFor"] = "00:00:40", // the message for a workspace that never comes
                };
                foreach (var (other, at) in addresses) settings[$"Services:{other}"] = $"http://127.0.0.1:{at[i]}";
                fleet._instances.Add((new(service, ports[i], Path.Combine(folder, "logs", $"{service}-{i + 1}.log"), settings), link));
            }
        }

        foreach (var process in fleet.Processes)
        {
            process.Build = before ?? process.Build;
            process.Start();
        }

        return fleet;
    }

    public ServiceProcess Process(string service, int instance) => _instances.Where(i => i.Process.Service == service).ElementAt(instance).Process;

    public TcpProxy Link(string service, int instance) => _instances.Where(i => i.Process.Service == service).ElementAt(instance).Link;

    public Uri ThroughLink(TcpProxy link) => new UriBuilder(Parts.Broker) { Port = link.Port }.Uri;

    public Task ReadyAsync() => Task.WhenAll(Processes.Select(p => p.ReadyAsync()));

    /// <summary>Waits until no instance calls itself ready.</summary>
    public Task NotReadyAsync(string because) => Task.WhenAll(Processes.Select(p =>
        Eventually.IsTrueAsync($"{p.Service} at {p.Address} not to be ready: {because}", async () => await p.HealthAsync() is null or HttpStatusCode.ServiceUnavailable)));

    /// <summary>Asks one of a service's instances.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<(HttpStatusCode Status, JsonElement Body, string? ETag)> AskAsync(HttpMethod method, string service, string path, object? body = null, string? ifMatch = null)
    {
        var address = Process(service, Random.Shared.Next(InstancesOfEach)).Address;
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = body is null ? null : JsonContent.Create(body, options: PlainJson.Options) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var json = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonElement.Parse(text) : default;
        return (answer.StatusCode, json, answer.Headers.ETag?.ToString());
    }

    /// <summary>Asks until an instance answers with success, as every request of this suite may be repeated.</summary>
    /// <exception cref="InvalidOperationException">The request is refused for good.</exception>
    public async Task<(JsonElement Body, string? ETag)> DoAsync(HttpMethod method, string service, string path, object? body = null, string? ifMatch = null)
    {
        (HttpStatusCode Status, JsonElement Body, string? ETag) answer = default;
        await Eventually.IsTrueAsync($"{method} {service}/{path}", async () =>
        {
            try
            {
                answer = await AskAsync(method, service, path, body, ifMatch);
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
            {
                return false; // on its way up again
            }

            if (answer.Status is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not (HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed))
                throw new InvalidOperationException($"{method} {service}/{path}: {answer.Status} {answer.Body}");
            return answer.Status < HttpStatusCode.BadRequest;
        }, TimeSpan.FromMinutes(2));
        return (answer.Body, answer.ETag);
    }

    /// <summary>Every item of a list, page by page.</summary>
    public async Task<List<JsonElement>> ListAsync(string service, string path)
    {
        var all = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var (page, _) = await DoAsync(HttpMethod.Get, service, $"{path}?limit=200&cursor={cursor}");
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }

        return all;
    }

    /// <summary>Rows of a service's own database.</summary>
    public async Task<List<(string Key, long Value)>> QueryAsync(string service, string sql)
    {
        await using var database = NpgsqlDataSource.Create($"{Parts.Database};Database=autodev_{service};Pooling=false");
        await using var select = database.CreateCommand(sql);
        await using var reader = await select.ExecuteReaderAsync();
        var rows = new List<(string, long)>();
        while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetInt64(1)));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, link) in _instances)
        {
            await process.DisposeAsync();
            await link.DisposeAsync();
        }

        if (Agents is not null) await Agents.DisposeAsync();
        await Parts.DisposeAsync();
        _http.Dispose();
    }
}
