using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>Its consumer fails in the way that it names; see <see cref="Trouble"/>.</summary>
public sealed record Stumble(string WorkspaceId, string Id, string How);

public sealed record StumbleHastily(string WorkspaceId, string Id);

public sealed record Gather(string WorkspaceId, string Id, string How);

public sealed record Ingested(string? WorkspaceId, string? Id, int Count);

/// <summary>What consumers fail with, until it is mended.</summary>
public sealed class Trouble
{
    readonly ConcurrentDictionary<string, int> _attempts = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> _mended = new(StringComparer.Ordinal);

    public int Attempts(string id) => _attempts.GetValueOrDefault(id);

    public void Mend(string id) => _mended[id] = true;

    public async Task Meet(string id, string how)
    {
        var attempt = _attempts.AddOrUpdate(id, 1, (_, n) => n + 1);
        if (_mended.ContainsKey(id)) return;
        switch (how)
        {
            case "invalid": throw new InvalidMessageException($"{id} is not valid.");
            case "bug": throw new NotSupportedException($"{id} met a bug.");
            case "early": throw new NotYetKnownException($"{id} is early.");
            case "conflict" when attempt <= 5: throw new JasperFx.ConcurrencyException(typeof(Note), id);
            case "cut off" when attempt <= 3: throw new TaskCanceledException("Nobody answers.");
            case "away":
                await using (var nowhere = new NpgsqlConnection("Host=127.0.0.1;Port=1;Username=x;Pooling=false;Timeout=2")) await nowhere.OpenAsync();
                break;
        }
    }
}

public sealed class StumbleConsumer(IDocumentSession session, Trouble trouble) : IConsumer<Stumble>
{
    public async Task Consume(ConsumeContext<Stumble> context)
    {
        await trouble.Meet(context.Message.Id, context.Message.How);
        session.Store(new Note(context.Message.Id, (await session.LoadAsync<Note>(context.Message.Id, context.CancellationToken))?.Text + "x"));
    }
}

public sealed class StumbleHastilyConsumer(Trouble trouble) : IConsumer<StumbleHastily>
{
    public Task Consume(ConsumeContext<StumbleHastily> context) => trouble.Meet(context.Message.Id, "away");
}

/// <summary>Nobody waits for this one: what fails twice is dead, an outage too.</summary>
public sealed class StumbleHastilyDefinition : ConsumerDefinition<StumbleHastilyConsumer>, IChangeFailurePolicy
{
    public FailurePolicy Change(FailurePolicy usual) => usual with { Blips = [TimeSpan.FromMilliseconds(10)], OutageFor = TimeSpan.Zero };
}

public sealed class GatherConsumer(IDocumentSession session, Trouble trouble) : IConsumer<MassTransit.Batch<Gather>>
{
    public async Task Consume(ConsumeContext<MassTransit.Batch<Gather>> context)
    {
        foreach (var gather in context.Message.Select(m => m.Message))
        {
            var notes = session.ForTenant(gather.WorkspaceId);
            await trouble.Meet(gather.Id, gather.How);
            notes.Store(new Note(gather.Id, (await notes.LoadAsync<Note>(gather.Id, context.CancellationToken))?.Text + "x"));
        }
    }
}

public sealed class IngestedConsumer(IDocumentSession session) : IConsumer<Ingested>
{
    public async Task Consume(ConsumeContext<Ingested> context)
    {
        if (context.Message.Id is null) throw new InvalidMessageException("id is required.");
        session.Store(new Note(context.Message.Id, (await session.LoadAsync<Note>(context.Message.Id, context.CancellationToken))?.Text + "x"));
    }
}

/// <summary>Many in one transaction; whether it has seen one before it knows by the note.</summary>
public sealed class JotConsumer(IDocumentSession session, Trouble trouble) : IBatchConsumer
{
    public async Task ConsumeAsync(IReadOnlyList<Delivery> batch, CancellationToken cancellation)
    {
        foreach (var delivery in batch)
        {
            if (delivery.Read<Gather>() is not { } jot) continue;
            var notes = session.ForTenant(jot.WorkspaceId);
            try
            {
                await trouble.Meet(jot.Id, jot.How);
                notes.Store(new Note(jot.Id, (await notes.LoadAsync<Note>(jot.Id, cancellation))?.Text + "x"));
            }
            catch (Exception e) when (e is InvalidMessageException or NotYetKnownException)
            {
                delivery.Failure = e;
            }
        }
    }
}

/// <summary>A service whose consumers fail as they are told, on real parts, with a database that can be cut off.</summary>
public sealed class FailingService : IAsyncLifetime
{
    WebApplication _app = null!;
    IBusControl _bus = null!;
    IConnection _broker = null!;

    public TestInstallation Installation { get; private set; } = null!;

    public TcpProxy Database { get; private set; } = null!;

    public Trouble Trouble { get; } = new();

    public HttpClient Admin { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Installation = await TestInstallation.CreateAsync();
        var settings = new Dictionary<string, string>(Installation.Settings, StringComparer.Ordinal);
        settings.Remove("Failures:Blips:1"); // one pause is enough here
        var database = new NpgsqlConnectionStringBuilder(settings["ConnectionStrings:postgres"]);
        Database = new TcpProxy(database.Host!, database.Port);
        (database.Host, database.Port, database.Timeout) = ("127.0.0.1", Database.Port, 2);

        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Configuration["ConnectionStrings:postgres"] = database.ConnectionString;
        builder.Configuration["Failures:Blips:0"] = "00:00:00.05";
        builder.Configuration["Failures:Delays:0"] = "00:00:00.3";
        builder.Configuration["Failures:Delays:1"] = "00:00:00.6";
        builder.Configuration["Failures:Delays:2"] = "00:00:10"; // it, not the speed of this machine, decides when a time is up
        builder.Configuration["Failures:OvertakenFor"] = "00:00:15";
        builder.Configuration["Failures:UnexpectedFor"] = "00:00:10";
        builder.AddServiceDefaults("failing");
        builder.AddStore(store => store.Schema.For<Note>());
        builder.Services.AddSingleton(Trouble);
        builder.AddMessaging(
            bus =>
            {
                bus.AddConsumer<StumbleConsumer>();
                bus.AddConsumer<StumbleHastilyConsumer, StumbleHastilyDefinition>();
                bus.AddConsumer<GatherConsumer>(c => c.Options<BatchOptions>(o => o.SetMessageLimit(50).SetTimeLimit(TimeSpan.FromMilliseconds(300))));
                bus.AddConsumer<IngestedConsumer>().ExcludeFromConfigureEndpoints();
            },
            (rabbit, context) => rabbit.IngestEndpoint<IngestedConsumer>(context, "test.ingested"));
        builder.AddBatchConsumer<JotConsumer>("test.jotted");
        builder.Logging.SetMinimumLevel(LogLevel.None);
        _app = builder.Build();
        _app.MapServiceDefaults();
        _app.MapDeadLetters();
        await _app.StartAsync();
        var health = _app.Services.GetRequiredService<HealthCheckService>();
        await Eventually.IsTrueAsync("the service to be ready", async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy);
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(Installation.Broker));
        await _bus.StartAsync();
        _broker = await new ConnectionFactory { Uri = Installation.Broker }.CreateConnectionAsync();
        Admin = ClientWithKey(TestInstallation.AdminKey);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _bus.StopAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Database.DisposeAsync();
        await Installation.DisposeAsync();
    }

    public Task PublishAsync<T>(T message, Guid? messageId = null)
        where T : class => _bus.Publish(message, context => context.MessageId = messageId ?? NewId.NextGuid());

    /// <summary>Publishes bytes as a foreign program would.</summary>
    public async Task PublishRawAsync(string exchange, string routingKey, byte[] body, BasicProperties? properties = null)
    {
        await using var channel = await _broker.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties ?? new BasicProperties(), body);
    }

    public async Task<string?> NoteAsync(string workspace, string note)
    {
        await using var session = _app.Services.GetRequiredService<IDocumentStore>().QuerySession(workspace);
        return (await session.LoadAsync<Note>(note))?.Text;
    }

    public HttpClient ClientWithKey(string? key)
    {
        var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A client with a new key of this role.</summary>
    public async Task<HttpClient> ClientOfAsync(string? workspace, string role)
    {
        var id = $"k{Guid.NewGuid():N}";
        var hash = ApiKey.Hash($"{id}.secret");
        await PublishAsync(new ApiKeyChanged
        {
            KeyId = id, WorkspaceId = workspace, Name = $"{role} {workspace}", Role = role, Sha256 = hash, Revoked = false,
        });
        var client = ClientWithKey($"{id}.secret");
        var anywhere = new Uri("/dead-letters", UriKind.Relative);
        await Eventually.IsTrueAsync("the key to be known", async () => (int)(await client.GetAsync(anywhere)).StatusCode != 401);
        return client;
    }

    /// <summary>The workspace's only letter with this in its body, once it is there and fits.</summary>
    public Task<JsonElement> LetterAsync(string workspace, string inBody, Func<JsonElement, bool>? fits = null) =>
        LetterAtAsync($"/workspaces/{workspace}/dead-letters", inBody, fits);

    public async Task<JsonElement> LetterAtAsync(string route, string inBody, Func<JsonElement, bool>? fits = null)
    {
        var found = await Eventually.GetAsync($"the dead letter of {inBody}", async () =>
        {
            var matching = new List<JsonElement>();
            var page = await Admin.GetFromJsonAsync<JsonElement>(new Uri($"{route}?limit=200", UriKind.Relative));
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                var whole = await Admin.GetFromJsonAsync<JsonElement>(new Uri($"{route}/{item.GetProperty("id").GetGuid()}", UriKind.Relative));
                if (BodyOf(whole).Contains(inBody, StringComparison.Ordinal)) matching.Add(whole);
            }

            Assert.InRange(matching.Count, 0, 1);
            return matching is [var letter] && fits?.Invoke(letter.GetProperty("letter")) != false ? new { letter } : null;
        });
        return found.letter;
    }

    public static string BodyOf(JsonElement letter) =>
        letter.GetProperty("body").GetString() ?? Encoding.Latin1.GetString(letter.GetProperty("body_base64").GetBytesFromBase64());
}
