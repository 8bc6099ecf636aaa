using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.Testing;
using RabbitMQ.Client;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>Messages that are consumed together fail alone.</summary>
public sealed class BatchReceiverTests(FailingService service) : IClassFixture<FailingService>
{
    const string Queue = "failing-jot";

    [Theory]
    [InlineData("invalid")]
    [InlineData("bug")]
    [InlineData("early")]
    public async Task One_bad_message_of_many_is_a_dead_letter_the_others_are_consumed_and_it_can_be_replayed(string how)
    {
        var ids = Enumerable.Range(0, 60).Select(i => $"{how}-{i}").ToList();
        await Task.WhenAll(ids.Select((id, i) => Jot($"b{i % 3}", id, i == 30 ? how : "")));

        await Eventually.IsTrueAsync("the others", async () => await CountAsync(ids) == 59);
        var letter = (await service.LetterAsync("b0", $"{how}-30\"")).GetProperty("letter");
        Assert.StartsWith($"{how}-30 ", letter.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(Queue, letter.GetProperty("queue").GetString());

        service.Trouble.Mend($"{how}-30");
        var replay = await service.Admin.PostAsync(new Uri($"/workspaces/b0/dead-letters/{letter.GetProperty("id").GetGuid()}/replay", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.True(replay.IsSuccessStatusCode);
        await Eventually.IsTrueAsync("it too", async () => await CountAsync(ids) == 60);
        foreach (var (id, i) in ids.Select((id, i) => (id, i))) Assert.Equal("x", await service.NoteAsync($"b{i % 3}", id));
    }

    [Fact]
    public async Task What_nobody_can_read_is_a_dead_letter_with_its_bytes_and_headers()
    {
        var properties = new BasicProperties { MessageId = Guid.NewGuid().ToString(), Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["sender"] = "a test" } };
        await service.PublishRawAsync(Bus.IngestExchange, "test.jotted", Encoding.UTF8.GetBytes("{\"workspaceId\": unreadable-1"), properties);
        await Jot("w", "readable-1", "");

        var whole = await service.LetterAtAsync("/dead-letters", "unreadable-1");
        Assert.StartsWith("The message cannot be read:", whole.GetProperty("letter").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("a test", whole.GetProperty("headers").GetProperty("sender").GetString());
        await Eventually.IsTrueAsync("the other", async () => await service.NoteAsync("w", "readable-1") == "x");
    }

    [Fact]
    public async Task A_conflict_is_tried_again_at_once_with_all_of_its_batch()
    {
        var ids = Enumerable.Range(0, 20).Select(i => $"conflicting-{i}").ToList();
        await Task.WhenAll(ids.Select((id, i) => Jot("b0", id, i == 10 ? "conflict" : "")));
        await Eventually.IsTrueAsync("all", async () => await CountAsync(ids) == 20);
        foreach (var id in ids) Assert.Equal("x", await service.NoteAsync("b0", id));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_waited_for_and_nothing_is_lost()
    {
        var ids = Enumerable.Range(0, 100).Select(i => $"outage-{i}").ToList();
        service.Database.Refuse();
        try
        {
            await Task.WhenAll(ids.Select((id, i) => Jot($"b{i % 3}", id, "")));
            await Eventually.IsTrueAsync("attempts in vain", () => Task.FromResult(ids.Sum(service.Trouble.Attempts) > 2));
        }
        finally
        {
            service.Database.Mend();
        }

        await Eventually.IsTrueAsync("all", async () => await CountAsync(ids) == 100);
        foreach (var (id, i) in ids.Select((id, i) => (id, i))) Assert.Equal("x", await service.NoteAsync($"b{i % 3}", id));
        await Eventually.IsTrueAsync("the queue to be empty", async () => await service.Installation.CountAsync(Queue) == 0);
    }

    Task Jot(string workspace, string id, string how) =>
        service.PublishRawAsync(Bus.IngestExchange, "test.jotted", JsonSerializer.SerializeToUtf8Bytes(new { workspaceId = workspace, id, how }));

    async Task<int> CountAsync(List<string> ids)
    {
        var count = 0;
        for (var i = 0; i < ids.Count; i++) if (await service.NoteAsync($"b{(ids[i].StartsWith("conflicting", StringComparison.Ordinal) ? 0 : i % 3)}", ids[i]) is not null) count++;
        return count;
    }
}
