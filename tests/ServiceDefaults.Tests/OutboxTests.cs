using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>State and messages commit together, and a message consumed once changes nothing the second time.</summary>
public sealed class OutboxTests(ProbeService probe) : IClassFixture<ProbeService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_consumer_stores_and_says_is_there_once_however_often_the_message_comes()
    {
        var id = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => probe.PublishAsync(new TakeNote("w", "dup", "once"), id)));
        await probe.Taken.WaitAsync(n => n.NoteId == "dup");
        await Quiet("probe-take-note");

        Assert.Equal("once", await probe.TextAsync("w", "dup"));
        Assert.Single(probe.Taken.Messages, n => n.NoteId == "dup");
    }

    [Fact]
    public async Task A_consumer_that_fails_leaves_neither_state_nor_message_behind()
    {
        await probe.PublishAsync(new TakeNote("w", "bad", "poison"), Guid.NewGuid());
        var letter = await Eventually.GetAsync("the dead letter", async () => (await probe.Installation.TakeDeadLetterAsync("probe-take-note"))?.Reason);

        Assert.Equal("The note is poisoned.", letter);
        Assert.Null(await probe.TextAsync("w", "bad"));
        Assert.DoesNotContain(probe.Taken.Messages, n => n.NoteId == "bad");
    }

    [Fact]
    public async Task A_scope_that_does_not_commit_says_nothing()
    {
        await InScope("w", async (session, bus) =>
        {
            session.Store(new Note("unsaid", "x"));
            await bus.Publish(new NoteTaken("w", "unsaid", "x"), Cancellation);
        });
        await InScope("w", async (session, bus) =>
        {
            session.Store(new Note("said", "x"));
            await bus.Publish(new NoteTaken("w", "said", "1"), Cancellation);
            await bus.Publish(new NoteTaken("w", "said", "2"), Cancellation);
            await session.SaveChangesAsync(Cancellation);
        });

        await probe.Taken.WaitAsync(n => n is { NoteId: "said", Text: "2" });
        Assert.DoesNotContain(probe.Taken.Messages, n => n.NoteId == "unsaid");
        Assert.Null(await probe.TextAsync("w", "unsaid"));
        Assert.Equal("x", await probe.TextAsync("w", "said"));
    }

    [Fact]
    public async Task What_a_crash_left_between_commit_and_delivery_is_swept()
    {
        var store = (DocumentStore)probe.Services.GetRequiredService<IDocumentStore>();
        await using var connection = store.Storage.Database.CreateConnection();
        await connection.OpenAsync(Cancellation);
        var id = Guid.NewGuid();
        var envelope = JsonSerializer.Serialize(new
        {
            messageId = id, messageType = new[] { "urn:message:AutoDev.ServiceDefaults.Tests:NoteTaken" }, message = new { workspaceId = "w", noteId = "left", text = "behind" },
        });
        await using var insert = new NpgsqlCommand(
            """
            insert into outbox (transaction_id, message_ids, destinations, content_types, headers, bodies, bytes, due)
            values ($1, array[$1], array[$2], array['application/vnd.masstransit+json'], array['{}'], array[$3], octet_length($3), now())
            """, connection)
        {
            Parameters = { new() { Value = id }, new() { Value = "exchange:AutoDev.ServiceDefaults.Tests:NoteTaken" }, new() { Value = Encoding.UTF8.GetBytes(envelope) } },
        };
        await insert.ExecuteNonQueryAsync(Cancellation);

        Assert.Equal("behind", (await probe.Taken.WaitAsync(n => n.NoteId == "left")).Text);
        await using var count = new NpgsqlCommand("select count(*) from outbox where transaction_id = $1", connection) { Parameters = { new() { Value = id } } };
        await Eventually.IsTrueAsync("the row to be gone", async () => (long)(await count.ExecuteScalarAsync(Cancellation))! == 0);
    }

    [Fact]
    public async Task A_batch_drops_what_it_has_seen_also_within_itself()
    {
        var ids = Enumerable.Range(0, 30).Select(_ => Guid.NewGuid()).ToList();
        await Task.WhenAll(ids.Concat(ids).Concat(ids).Select((id, i) => probe.PublishAsync(new CollectNote($"w{ids.IndexOf(id) % 3}", "sum"), id)));
        await Eventually.IsTrueAsync("all to be collected", async () => (await Lengths()).Sum() >= 30);
        await Quiet("probe-collect-notes");
        var lengths = await Lengths();
        Assert.Equal([10, 10, 10], lengths);
    }

    [Fact]
    public async Task A_consumer_that_commits_by_itself_still_commits_once()
    {
        await probe.PublishAsync(new TakeNote("w", "twice", "greedy"), Guid.NewGuid());
        await Eventually.IsTrueAsync("its own commit", async () => await probe.TextAsync("w", "twice") is not null);
        await probe.Taken.WaitAsync(n => n.NoteId == "twice");
        await Quiet("probe-take-note");
        Assert.Equal("greedy", await probe.TextAsync("w", "twice"));
        Assert.Single(probe.Taken.Messages, n => n.NoteId == "twice");
    }

    [Fact]
    public async Task A_session_sees_its_workspace_only()
    {
        await probe.PublishAsync(new TakeNote("one", "shared", "1"), Guid.NewGuid());
        await probe.PublishAsync(new TakeNote("two", "shared", "2"), Guid.NewGuid());
        await Eventually.IsTrueAsync("both notes", async () => await probe.TextAsync("one", "shared") is not null && await probe.TextAsync("two", "shared") is not null);
        Assert.Equal("1", await probe.TextAsync("one", "shared"));
        Assert.Equal("2", await probe.TextAsync("two", "shared"));
        Assert.Null(await probe.TextAsync(Workspace.None, "shared"));
    }

    [Fact]
    public async Task Of_fifty_at_once_each_waits_for_the_lock_and_none_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => InScope("w", async (session, _) =>
        {
            await session.LockAsync("counter", Cancellation);
            var known = await session.LoadAsync<Note>("counter", Cancellation);
            session.Store(new Note("counter", known?.Text + "x"));
            await session.SaveChangesAsync(Cancellation);
        })));
        Assert.Equal(50, (await probe.TextAsync("w", "counter"))!.Length);
    }

    async Task<int[]> Lengths()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => probe.TextAsync($"w{i}", "sum")));
        return [.. texts.Select(t => t?.Length ?? 0)];
    }

    Task Quiet(string queue) => Eventually.IsTrueAsync($"{queue} to be empty", async () => await probe.Installation.CountAsync(queue) == 0);

    async Task InScope(string workspace, Func<IDocumentSession, IPublishEndpoint, Task> act)
    {
        await using var scope = probe.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
        await act(scope.ServiceProvider.GetRequiredService<IDocumentSession>(), scope.ServiceProvider.GetRequiredService<IPublishEndpoint>());
    }
}
