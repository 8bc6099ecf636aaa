using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.Testing;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>
/// What the accounts may not do, asked of a real broker and a real database: the permissions are those of deploy/rabbitmq/definitions.json, the roles those that
/// deploy/postgres/accounts.sql makes, under names of this test's own.
/// </summary>
public sealed class LeastPermissionTests : IAsyncLifetime
{
    const int Refused = 403;
    const string Password = "a-password-of-this-test";
    const string OthersQueue = "memento-request-skill";

    static readonly string[] Services = ["reflection", "memento", "evolver", "sandboxrunner", "fitness", "governance", "console"];

    RealParts _parts = null!;
    TestInstallation _installation = null!;

    string Name => _installation.Broker.AbsolutePath.Trim('/');

    public async ValueTask InitializeAsync()
    {
        (_parts, _installation) = (await RealParts.GetAsync(), await TestInstallation.CreateAsync());
        await using (var connection = await new ConnectionFactory { Uri = _installation.Broker }.CreateConnectionAsync())
        await using (var channel = await connection.CreateChannelAsync())
        {
            await channel.ExchangeDeclareAsync(Bus.IngestExchange, ExchangeType.Topic, durable: true);
            await channel.ExchangeDeclareAsync("AutoDev.Contracts.Memento:SkillPublished", ExchangeType.Fanout, durable: true);
            await channel.ExchangeDeclareAsync(OthersQueue, ExchangeType.Fanout, durable: true);
            await channel.QueueDeclareAsync(OthersQueue, durable: true, exclusive: false, autoDelete: false);
        }

        using var definitions = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Repository(), "deploy/rabbitmq/definitions.json")));
        foreach (var permission in definitions.RootElement.GetProperty("permissions").EnumerateArray().Where(p => p.GetProperty("user").GetString() is "fitness" or "agents"))
        {
            var user = $"{Name}-{permission.GetProperty("user").GetString()}";
            await ManageAsync(HttpMethod.Put, $"users/{user}", new { password = Password, tags = "" });
            await ManageAsync(HttpMethod.Put, $"permissions/{Name}/{user}", permission);
        }

        await MakeRolesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var user in new[] { "fitness", "agents" }) await ManageAsync(HttpMethod.Delete, $"users/{Name}-{user}", body: null);
        await _installation.DisposeAsync();
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_parts.Database) { Database = "postgres", Pooling = false });
        foreach (var service in Services) await server.CreateCommand($"drop role \"{Name}_{service}\"").ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task An_agent_reports_and_can_do_nothing_else()
    {
        await PublishAsync("agents", Bus.IngestExchange, "episode.failed");
        await RefusedAsync("agents", channel => channel.BasicPublishAsync("AutoDev.Contracts.Memento:SkillPublished", "", "{}"u8.ToArray()).AsTask());
        await RefusedAsync("agents", channel => channel.BasicPublishAsync("", OthersQueue, "{}"u8.ToArray()).AsTask());
        await RefusedAsync("agents", channel => channel.BasicGetAsync(OthersQueue, autoAck: true));
        await RefusedAsync("agents", channel => channel.QueueDeclareAsync("mine"));
        await RefusedAsync("agents", channel => channel.ExchangeDeclareAsync("mine", ExchangeType.Fanout));
        await RefusedAsync("agents", channel => channel.QueueBindAsync(OthersQueue, Bus.IngestExchange, "#"));
        await RefusedAsync("agents", channel => channel.QueueDeleteAsync(OthersQueue));
        await RefusedAsync("agents", channel => channel.ExchangeDeleteAsync(Bus.IngestExchange));
    }

    [Fact]
    public async Task A_service_reads_and_fills_its_own_queues_only()
    {
        var own = "fitness-link-skill";
        await using (var connection = await ConnectAsync("fitness"))
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: Stop))
        {
            await channel.ExchangeDeclareAsync("AutoDev.Contracts.Memento:SkillPublished", ExchangeType.Fanout, durable: true, cancellationToken: Stop);
            await channel.ExchangeDeclareAsync(own, ExchangeType.Fanout, durable: true, cancellationToken: Stop);
            await channel.ExchangeBindAsync(own, "AutoDev.Contracts.Memento:SkillPublished", "", cancellationToken: Stop);
            await channel.QueueDeclareAsync(own, durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop);
        }

        await PublishAsync("fitness", own, "");
        await RefusedAsync("fitness", channel => channel.BasicGetAsync(OthersQueue, autoAck: true));
        await RefusedAsync("fitness", channel => channel.QueuePurgeAsync(OthersQueue));
        await RefusedAsync("fitness", channel => channel.QueueDeleteAsync(OthersQueue));
        await RefusedAsync("fitness", channel => channel.BasicPublishAsync(OthersQueue, "", "{}"u8.ToArray()).AsTask());
        await RefusedAsync("fitness", channel => channel.BasicPublishAsync("", OthersQueue, "{}"u8.ToArray()).AsTask());
        await RefusedAsync("fitness", channel => channel.BasicPublishAsync("AutoDev.Contracts.Memento:SkillPublished", "", "{}"u8.ToArray()).AsTask());
        await RefusedAsync("fitness", channel => channel.BasicPublishAsync(Bus.IngestExchange, "episode.failed", "{}"u8.ToArray()).AsTask());

        // A queue whose dead letters went elsewhere would be a way around.
        await RefusedAsync("fitness", channel => channel.QueueDeclareAsync(
            "fitness-trap", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-dead-letter-exchange"] = OthersQueue }));
    }

    [Fact]
    public async Task A_services_role_owns_its_database_and_can_connect_to_no_other_services()
    {
        await using (var own = await OpenAsync("fitness", "fitness"))
        {
            await using var make = new NpgsqlCommand("create table public.mine (id int)", own);
            await make.ExecuteNonQueryAsync(Stop);
            await using var more = new NpgsqlCommand("create role another superuser", own);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => more.ExecuteNonQueryAsync(Stop))).SqlState);
        }

        foreach (var other in Services.Where(s => s != "fitness"))
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => OpenAsync("fitness", other));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    Task<IConnection> ConnectAsync(string user) =>
        new ConnectionFactory { Uri = new UriBuilder(_installation.Broker) { UserName = $"{Name}-{user}", Password = Password }.Uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Stop);

    /// <summary>The broker has taken it.</summary>
    async Task PublishAsync(string user, string exchange, string routingKey)
    {
        await using var connection = await ConnectAsync(user);
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Stop);
        await channel.BasicPublishAsync(exchange, routingKey, "{}"u8.ToArray(), Stop);
    }

    /// <summary>The broker closes the channel and says that access was refused.</summary>
    async Task RefusedAsync(string user, Func<IChannel, Task> attempt)
    {
        await using var connection = await ConnectAsync(user);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        try
        {
            await attempt(channel);
        }
        catch (OperationInterruptedException e)
        {
            Assert.True(e.ShutdownReason?.ReplyCode == Refused, e.Message);
        }

        await Eventually.IsTrueAsync("the broker to refuse", () => Task.FromResult(channel.CloseReason?.ReplyCode == Refused)); // of what is published nobody answers otherwise
    }

    async Task<NpgsqlConnection> OpenAsync(string role, string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_parts.Database)
        {
            Username = $"{Name}_{role}", Password = Password, Database = $"{Name}_{database}", Pooling = false,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(Stop);
            return connection;
        }
        catch (PostgresException)
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    async Task MakeRolesAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(_parts.Database);
        string[] names = [$"databases={Name}_", $"roles={Name}_", .. Services.Select(service => $"{service}={Password}")];
        var start = new ProcessStartInfo(
            "psql", ["-X", "-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!, "-d", "postgres", .. names.SelectMany(n => new[] { "-v", n }), "-f", Path.Combine(Repository(), "deploy/postgres/accounts.sql")])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        start.Environment["PGPASSWORD"] = server.Password;
        using var psql = Process.Start(start)!;
        var said = psql.StandardOutput.ReadToEndAsync(Stop);
        var errors = await psql.StandardError.ReadToEndAsync(Stop);
        await psql.WaitForExitAsync(Stop);
        Assert.True(psql.ExitCode == 0, $"{await said}\n{errors}");
    }

    async Task ManageAsync(HttpMethod method, string path, object? body)
    {
        using var http = new HttpClient { BaseAddress = new UriBuilder(_parts.Management) { UserName = "", Password = "" }.Uri };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(_parts.Management.UserInfo))));
        using var request = new HttpRequestMessage(method, $"api/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        if (request.Content is not null) await request.Content.LoadIntoBufferAsync(); // it does not take chunks
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is above no folder of this test.");
        return folder.FullName;
    }
}
