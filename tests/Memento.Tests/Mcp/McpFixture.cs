using System.Text;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Search;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AutoDev.Memento.Tests.Mcp;

/// <summary>Two instances of Memento with small limits, and what they report on the ingest exchange.</summary>
public sealed class McpFixture : MementoFixture
{
    public const int Most = 3;

    readonly System.Collections.Concurrent.ConcurrentQueue<(string Key, JsonElement Report)> _reported = new();
    IConnection? _connection;
    WebApplicationFactory<SkillCandidate>? _other;

    /// <summary>What was reported of a workspace.</summary>
    public IReadOnlyList<JsonElement> Reported(string workspace, string routingKey) =>
        [.. _reported.Where(r => r.Key == routingKey && r.Report.GetProperty("workspace_id").GetString() == workspace).Select(r => r.Report)];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _other = (WebApplicationFactory<SkillCandidate>)await StartAnotherAsync();
        _connection = await new ConnectionFactory { Uri = Installation.Broker }.CreateConnectionAsync();
        var channel = await _connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(ServiceDefaults.Messaging.Bus.IngestExchange, ExchangeType.Topic, durable: true);
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, ServiceDefaults.Messaging.Bus.IngestExchange, "#");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            _reported.Enqueue((message.RoutingKey, JsonElement.Parse(Encoding.UTF8.GetString(message.Body.Span))));
            return System.Threading.Tasks.Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_other is not null) await _other.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>A client of the other instance, with the same key.</summary>
    public HttpClient OnOtherInstance(HttpClient client)
    {
        var other = _other!.CreateClient();
        other.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        return other;
    }

    /// <summary>A key for an agent of a new workspace, known to both instances.</summary>
    public async Task<(string Workspace, HttpClient Agent)> AgentAsync(string name = "mailroom")
    {
        var workspace = await WorkspaceAsync();
        return (workspace, await ClientAsync(workspace, Roles.Agent, name));
    }

    /// <summary>Puts skills into the catalog.</summary>
    public Task PublishAsync(string workspace, params IEnumerable<SkillVersion> versions) => InStoreAsync(workspace, async session =>
    {
        foreach (var version in versions)
        {
            session.Store(version);
            var skill = new Skill
            {
                Name = version.SkillName, Description = version.Description, TaskDescription = Task, CurrentVersion = version.Version, Versions = [],
                PublishedAt = version.PublishedAt,
            };
            session.Store(skill);
            await session.IndexAsync(skill, Services.GetRequiredService<Meanings>(), CancellationToken.None);
        }

        await session.SaveChangesAsync();
        return true;
    });

    /// <summary>The official client, with a session (2025-11-25) or without one (2026-07-28).</summary>
    public static Task<McpClient> ConnectAsync(HttpClient http, string workspace, string? version = null, McpClientHandlers? handlers = null) => McpClient.CreateAsync(
        new HttpClientTransport(
            new() { Endpoint = new Uri(http.BaseAddress!, $"/workspaces/{workspace}/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http, ownsHttpClient: false),
        new() { ProtocolVersion = version, Handlers = handlers ?? new() });

    /// <summary>As the sandbox would answer a run of one input.</summary>
    public static SandboxRunCompleted Answer(RunInSandbox run, InputResult? result, string status = "completed", string? reason = null) => new()
    {
        RunId = run.RunId, WorkspaceId = run.WorkspaceId, RequestedBy = run.RequestedBy, SubjectId = run.SubjectId, Status = status, Reason = reason,
        ExecutionSuccess = result is { Ended: "ok" }, Results = result is null ? [] : [result], CompletedAt = DateTimeOffset.UtcNow,
    };

    protected override void Configure(IWebHostBuilder host)
    {
        base.Configure(host);
        host.UseSetting("Mcp:CallsAtOnce", $"{Most}");
        host.UseSetting("Mcp:SessionsAtOnce", $"{Most}");
        host.UseSetting("Mcp:Patience", "00:04:00"); // a busy machine answers slowly
    }
}
