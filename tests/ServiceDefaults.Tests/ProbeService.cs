using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

public sealed record TakeNote(string WorkspaceId, string NoteId, string Text);

public sealed record NoteTaken(string WorkspaceId, string NoteId, string Text);

public sealed record CollectNote(string WorkspaceId, string NoteId);

public sealed record Note(string Id, string Text);

/// <summary>Counts how often it ran in the document itself: twice would show.</summary>
public sealed class TakeNoteConsumer(IDocumentSession session) : IConsumer<TakeNote>
{
    public async Task Consume(ConsumeContext<TakeNote> context)
    {
        var note = context.Message;
        var known = await session.LoadAsync<Note>(note.NoteId, context.CancellationToken);
        session.Store(new Note(note.NoteId, known?.Text + note.Text));
        await context.Publish(new NoteTaken(note.WorkspaceId, note.NoteId, note.Text));
        if (note.Text == "poison") throw new InvalidMessageException("The note is poisoned.");
        if (note.Text == "greedy") await session.SaveChangesAsync(context.CancellationToken);
    }
}

public sealed class CollectNotesConsumer(IDocumentSession session) : IConsumer<MassTransit.Batch<CollectNote>>
{
    public async Task Consume(ConsumeContext<MassTransit.Batch<CollectNote>> context)
    {
        foreach (var workspace in context.Message.GroupBy(m => m.Message.WorkspaceId, StringComparer.Ordinal))
        {
            var notes = session.ForTenant(workspace.Key);
            foreach (var group in workspace.GroupBy(m => m.Message.NoteId, StringComparer.Ordinal))
            {
                var known = await notes.LoadAsync<Note>(group.Key, context.CancellationToken);
                notes.Store(new Note(group.Key, known?.Text + string.Concat(group.Select(_ => "x"))));
            }
        }
    }
}

/// <summary>A service with two consumers and nothing of its own but what every service has, on real parts.</summary>
public sealed class ProbeService : IAsyncLifetime
{
    WebApplication _app = null!;
    IBusControl _bus = null!;

    public TestInstallation Installation { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    public Heard<NoteTaken> Taken { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Installation = await TestInstallation.CreateAsync();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(Installation.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Configuration["Outbox:SweepInterval"] = "00:00:00.2";
        builder.AddServiceDefaults("probe");
        builder.AddStore(store => store.Schema.For<Note>());
        builder.AddMessaging(bus =>
        {
            bus.AddConsumer<TakeNoteConsumer>();
            bus.AddConsumer<CollectNotesConsumer>(c => c.Options<BatchOptions>(o => o.SetMessageLimit(50).SetTimeLimit(TimeSpan.FromMilliseconds(200))));
        });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        _app = builder.Build();
        _app.MapServiceDefaults();
        await _app.StartAsync();
        var health = Services.GetRequiredService<HealthCheckService>();
        await Eventually.IsTrueAsync("the probe to be ready", async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy);

        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(Installation.Broker);
            rabbit.ReceiveEndpoint("test-heard", receive => receive.Handler<NoteTaken>(context =>
            {
                Taken.Add(context);
                return Task.CompletedTask;
            }));
        });
        await _bus.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Installation.DisposeAsync();
    }

    public Task PublishAsync<T>(T message, Guid messageId)
        where T : class => _bus.Publish(message, context => context.MessageId = messageId);

    public async Task<string?> TextAsync(string workspace, string note)
    {
        await using var session = Services.GetRequiredService<IDocumentStore>().QuerySession(workspace);
        return (await session.LoadAsync<Note>(note))?.Text;
    }
}
