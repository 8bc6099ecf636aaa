using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>Each class of failure ends where it should.</summary>
public sealed class FailurePolicyTests(FailingService service) : IClassFixture<FailingService>
{
    [Fact]
    public async Task An_invalid_message_is_a_dead_letter_after_one_attempt()
    {
        await service.PublishAsync(new Stumble("w", "invalid-1", "invalid"));
        var letter = (await service.LetterAsync("w", "invalid-1")).GetProperty("letter");

        Assert.Equal("invalid-1 is not valid.", letter.GetProperty("reason").GetString());
        Assert.Equal("failing-stumble", letter.GetProperty("queue").GetString());
        Assert.Equal("AutoDev.ServiceDefaults.Tests:Stumble", letter.GetProperty("message_type").GetString());
        Assert.Equal((0, 1), (letter.GetProperty("delayed_retries").GetInt32(), service.Trouble.Attempts("invalid-1")));
        Assert.Null(await service.NoteAsync("w", "invalid-1"));
    }

    [Fact]
    public async Task A_bug_is_tried_again_for_a_short_time_and_then_a_dead_letter_that_knows_its_first_failure()
    {
        await service.PublishAsync(new Stumble("w", "bug-1", "bug"));
        var whole = await service.LetterAsync("w", "bug-1");
        var letter = whole.GetProperty("letter");

        Assert.Equal("bug-1 met a bug.", letter.GetProperty("reason").GetString());
        Assert.Equal("System.NotSupportedException", letter.GetProperty("exception_type").GetString());
        Assert.Contains(nameof(Trouble), whole.GetProperty("stack").GetString(), StringComparison.Ordinal);
        Assert.Equal((2, 6), (letter.GetProperty("delayed_retries").GetInt32(), service.Trouble.Attempts("bug-1")));
        Assert.True(letter.GetProperty("first_failed_at").GetDateTimeOffset() < letter.GetProperty("died_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_conflict_is_tried_again_at_once()
    {
        await service.PublishAsync(new Stumble("w", "conflict-1", "conflict"));
        await Consumed("conflict-1");
        Assert.Equal(6, service.Trouble.Attempts("conflict-1"));
    }

    [Fact]
    public async Task A_message_ahead_of_its_news_waits_for_it_and_dies_when_it_never_comes()
    {
        await service.PublishAsync(new Stumble("w", "early-1", "early"));
        await service.PublishAsync(new Stumble("w", "early-2", "early"));
        await Eventually.IsTrueAsync("it to have come back", () => Task.FromResult(service.Trouble.Attempts("early-1") > 2));
        service.Trouble.Mend("early-1");

        await Consumed("early-1");
        Assert.Equal("early-2 is early.", (await service.LetterAsync("w", "early-2")).GetProperty("letter").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_waited_for()
    {
        await service.PublishAsync(new Stumble("w", "away-1", "away"));
        await Eventually.IsTrueAsync("it to have come back thrice", () => Task.FromResult(service.Trouble.Attempts("away-1") > 6));
        service.Trouble.Mend("away-1");
        await Consumed("away-1");
    }

    [Fact]
    public async Task What_a_consumer_waited_for_in_vain_is_a_failure_like_others()
    {
        await service.PublishAsync(new Stumble("w", "cut-off-1", "cut off"));
        await Consumed("cut-off-1");
        Assert.Equal(4, service.Trouble.Attempts("cut-off-1")); // two here, and two after it came back
    }

    [Fact]
    public async Task A_definition_changes_the_policy_of_its_consumer_alone()
    {
        await service.PublishAsync(new StumbleHastily("w", "hasty-1"));
        var letter = (await service.LetterAsync("w", "hasty-1")).GetProperty("letter");
        Assert.Equal((0, 2), (letter.GetProperty("delayed_retries").GetInt32(), service.Trouble.Attempts("hasty-1")));
        Assert.Contains("127.0.0.1:1", letter.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outage_of_the_database_longer_than_all_retries_in_process_costs_no_message()
    {
        var ids = Enumerable.Range(0, 20).Select(i => $"outage-{i}").ToList();
        try
        {
            service.Database.Refuse();
            await Task.WhenAll(ids.Select(id => service.PublishAsync(new Stumble("outage", id, ""))));
            await Task.WhenAll(ids.Select(id => service.PublishAsync(new Gather("outage", id + "b", ""))));
            await service.PublishAsync(new Stumble("outage", "outage-invalid", "invalid"));
            await Eventually.IsTrueAsync("all to have come back", () => Task.FromResult(ids.All(id => service.Trouble.Attempts(id) > 4)));
        }
        finally
        {
            service.Database.Mend();
        }

        foreach (var id in ids)
        {
            await Consumed(id, "outage");
            await Consumed(id + "b", "outage");
        }

        await service.LetterAsync("outage", "outage-invalid");
        var letters = new Uri("/workspaces/outage/dead-letters", UriKind.Relative);
        var dead = await service.Admin.GetFromJsonAsync<JsonElement>(letters, TestContext.Current.CancellationToken);
        Assert.Equal(1, dead.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("invalid")]
    [InlineData("bug")]
    public async Task A_bad_message_of_a_batch_does_not_take_the_others_with_it(string how)
    {
        var ids = Enumerable.Range(0, 50).Select(i => $"batch-{how}-{i}").ToList();
        await Task.WhenAll(ids.Select((id, i) => service.PublishAsync(new Gather($"b{i % 3}", id, i == 20 ? how : ""))));

        await Eventually.IsTrueAsync("the 49 good ones", async () =>
            (await Task.WhenAll(ids.Select((id, i) => service.NoteAsync($"b{i % 3}", id)))).Count(n => n is not null) == 49);
        var letter = await service.LetterAsync("b2", ids[20]);
        Assert.Contains(ids[20], letter.GetProperty("letter").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(ids.Select((id, i) => service.NoteAsync($"b{i % 3}", id))), note => Assert.True(note is null or "x", note));
        Assert.Null(await service.NoteAsync("b2", ids[20]));
        Assert.NotNull(await service.Installation.TakeDeadLetterAsync("failing-gather", about: $"batch-{how}"));
        Assert.Null(await service.Installation.TakeDeadLetterAsync("failing-gather", about: $"batch-{how}"));
    }

    async Task Consumed(string id, string workspace = "w") =>
        Assert.Equal("x", await Eventually.GetAsync($"{id} to be consumed", () => service.NoteAsync(workspace, id)));
}
