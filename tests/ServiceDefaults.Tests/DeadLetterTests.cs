using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.Testing;
using RabbitMQ.Client;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>What cannot be handled is kept once, told in words, and replayed or discarded over the API.</summary>
public sealed class DeadLetterTests(FailingService service) : IClassFixture<FailingService>
{
    const string Envelope = "application/vnd.masstransit+json";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Envelope, "{\"messageId\": oops", "cannot be read")]
    [InlineData(Envelope, """{"messageType":["urn:message:AutoDev.ServiceDefaults.Tests:Stumble"],"message":{"workspaceId":[7]}}""", "workspaceId")]
    [InlineData(Envelope, """{"messageType":["urn:message:Other:Stranger"],"message":{"id":1}}""", "takes messages of the type Other:Stranger")]
    [InlineData("text/\u00e4", "no json 1", "cannot be read")]
    [InlineData(null, "no json 2", "cannot be read")]
    public async Task What_cannot_be_read_or_is_not_wanted_is_a_dead_letter_in_words(string? contentType, string body, string reason)
    {
        await service.PublishRawAsync("", "failing-stumble", Encoding.UTF8.GetBytes(body), new BasicProperties { ContentType = contentType });
        var letter = await service.LetterAtAsync("/dead-letters", body);
        Assert.Contains(reason, letter.GetProperty("letter").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(contentType, letter.GetProperty("content_type").GetString());
    }

    [Theory]
    [InlineData("[1, 2", "cannot be read")]
    [InlineData("\"text\"", "")]
    [InlineData("{\"workspace_id\":\"i\",\"count\":1}", "id is required.")]
    [InlineData("{\"workspace_id\":\"i\",\"id\":\"x\",\"count\":\"many\"}", "count")]
    public async Task Plain_JSON_with_the_wrong_content_is_a_dead_letter_in_words(string body, string reason)
    {
        await service.PublishRawAsync(Bus.IngestExchange, "test.ingested", Encoding.UTF8.GetBytes(body), new() { ContentType = "application/json" });
        var letter = (await service.LetterAtAsync("/dead-letters", body)).GetProperty("letter");
        Assert.Contains(reason, letter.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("failing-ingested", letter.GetProperty("queue").GetString());
        Assert.Equal(body.Contains("workspace_id", StringComparison.Ordinal) ? "i" : null, letter.GetProperty("workspace_id").GetString());
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_headers_that_mean_harm_are_kept_and_go_nowhere_else()
    {
        var body = new byte[] { 0xFF, 0xFE, 0, 1, (byte)'h', (byte)'0', (byte)'s', (byte)'t' };
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["CC"] = new List<object?> { "failing-ingested" }, ["x-nested"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = 1 },
            ["small"] = "kept", ["nul"] = "a\0b", ["large"] = new string('x', 100_000),
        };
        var properties = new BasicProperties { ContentType = "application/json", Headers = headers, Expiration = "60000" };
        await service.PublishRawAsync(Bus.IngestExchange, "test.ingested", body, properties);

        var letter = await service.LetterAtAsync("/dead-letters", "h0st", l => l.GetProperty("queue").GetString() == "failing-ingested");
        Assert.Equal(body, letter.GetProperty("body_base64").GetBytesFromBase64());
        Assert.Equal("kept", letter.GetProperty("headers").GetProperty("small").GetString());
        Assert.False(letter.GetProperty("headers").TryGetProperty("large", out _));
        Assert.False(letter.GetProperty("headers").TryGetProperty("CC", out _));
    }

    [Fact]
    public async Task A_death_that_is_delivered_twice_is_kept_once()
    {
        var properties = new BasicProperties
        {
            MessageId = Guid.NewGuid().ToString(),
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["MT-Fault-Message"] = "twice", ["MT-Fault-Timestamp"] = "2026-01-02T03:04:05.0000000Z",
            },
        };
        for (var i = 0; i < 5; i++) await service.PublishRawAsync("failing_error", "failing-stumble", "{\"workspaceId\":\"twice\"}"u8.ToArray(), properties);
        await Eventually.IsTrueAsync("the error queue to be empty", async () => await service.Installation.CountAsync("failing_error") == 0);

        var letter = (await service.LetterAsync("twice", "twice")).GetProperty("letter");
        Assert.Equal(("twice", 1), (letter.GetProperty("reason").GetString(), letter.GetProperty("deaths").GetInt32()));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), letter.GetProperty("died_at").GetDateTimeOffset());

        await PostAsync(letter, "twice", "discard", new { reason = "not needed" });
        await service.PublishRawAsync("failing_error", "failing-stumble", "{\"workspaceId\":\"twice\"}"u8.ToArray(), properties);
        await Eventually.IsTrueAsync("the error queue to be empty", async () => await service.Installation.CountAsync("failing_error") == 0);
        Assert.Equal("discarded", (await service.LetterAsync("twice", "twice")).GetProperty("letter").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_replayed_message_goes_the_same_way_again_as_it_came_and_once()
    {
        var body = "{ \"workspace_id\":\"replay\",  \"count\": 1, \"Id\" : null, \"odd\": [1.0] }"u8.ToArray(); // as nobody would serialize it
        await service.PublishRawAsync(Bus.IngestExchange, "test.ingested", body, new BasicProperties { ContentType = "application/json" });
        var first = await service.LetterAsync("replay", "odd");
        var again = await PostAsync(first.GetProperty("letter"), "replay", "replay");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        // It dies again, of the same: the same letter, with another death, that may be replayed again.
        var second = await service.LetterAsync("replay", "odd", l => l.GetProperty("deaths").GetInt32() == 2);
        Assert.Equal(first.GetProperty("body").GetString(), second.GetProperty("body").GetString());
        Assert.Equal("dead", second.GetProperty("letter").GetProperty("state").GetString());
        Assert.Equal(["dead", "replayed", "dead"], second.GetProperty("history").EnumerateArray().Select(e => e.GetProperty("what").GetString()));
        Assert.Equal("admin", second.GetProperty("history")[1].GetProperty("by").GetString());
        Assert.Equal(first.GetProperty("letter").GetProperty("message_id").GetGuid(), second.GetProperty("letter").GetProperty("message_id").GetGuid());
    }

    [Fact]
    public async Task A_mended_message_is_consumed_once_and_a_second_replay_is_refused()
    {
        await service.PublishAsync(new Stumble("mended", "mended-1", "invalid"));
        var letter = (await service.LetterAsync("mended", "mended-1")).GetProperty("letter");
        service.Trouble.Mend("mended-1");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PostAsync(letter, "mended", "replay")));
        Assert.Equal([200, 409, 409, 409, 409], answers.Select(a => (int)a.StatusCode).Order());
        Assert.Equal("x", await Eventually.GetAsync("it to be consumed", () => service.NoteAsync("mended", "mended-1")));
        var refused = await PostAsync(letter, "mended", "replay");
        Assert.Contains("replayed by admin", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(409, (int)(await PostAsync(letter, "mended", "discard", new { reason = "late" })).StatusCode);
        Assert.Equal("replayed", (await service.LetterAsync("mended", "mended-1")).GetProperty("letter").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Everything_that_fits_a_filter_is_replayed_to_the_end()
    {
        var ids = Enumerable.Range(0, 230).Select(i => $"many-{i:D3}").ToList();
        await Task.WhenAll(ids.Select(id => service.PublishAsync(new Stumble("many", id, "invalid"))));
        await service.PublishAsync(new Stumble("many", "other", "bug"));
        await Eventually.IsTrueAsync("all to be dead", async () => await CountAsync("many", "state=dead") == 231);
        foreach (var id in ids) service.Trouble.Mend(id);

        var filter = "?reason=IS%20NOT%20valid&type=Stumble&queue=failing-stumble";
        using var answer = await service.Admin.PostAsync(Uri("many", "/replay" + filter), content: null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(230, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("matched").GetInt32());
        await Eventually.IsTrueAsync("all to be replayed", async () => await CountAsync("many", "state=replayed") == 230);
        Assert.Equal(1, await CountAsync("many", "state=dead"));
        await Eventually.IsTrueAsync("all to be consumed once", async () =>
            (await Task.WhenAll(ids.Select(id => service.NoteAsync("many", id)))).All(n => n == "x"));
    }

    [Fact]
    public async Task Lists_are_newest_first_filtered_and_paged()
    {
        foreach (var i in Enumerable.Range(0, 3))
        {
            await service.PublishAsync(new Stumble("paged", $"100% of {i}", "invalid"));
            await service.LetterAsync("paged", $"100% of {i}");
        }

        var first = await Get("paged", "?limit=2&reason=100%25");
        var second = await Get("paged", $"?limit=2&reason=100%25&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(["100% of 2 is not valid.", "100% of 1 is not valid.", "100% of 0 is not valid."],
            first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(l => l.GetProperty("reason").GetString()));
        Assert.Null(second.GetProperty("next").GetString());
        Assert.Equal(0, await CountAsync("paged", "reason=1_0"));
        Assert.Equal(0, await CountAsync("paged", "queue=failing-gather"));
        Assert.Equal(0, await CountAsync("paged", "type=tumble"));
        var middle = first.GetProperty("items")[1].GetProperty("died_at").GetDateTimeOffset().ToString("O");
        Assert.Equal(2, await CountAsync("paged", $"since={System.Uri.EscapeDataString(middle)}"));
        Assert.Equal(1, await CountAsync("paged", $"until={System.Uri.EscapeDataString(middle)}"));
        foreach (var wrong in new[] { "state=gone", "state=7", "since=yesterday", "cursor=x", "limit=0" })
            Assert.Equal(400, (int)(await service.Admin.GetAsync(Uri("paged", "?" + wrong), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Letters_are_seen_and_decided_on_by_their_workspaces_operators_only()
    {
        await service.PublishAsync(new Stumble("mine", "mine-1", "invalid"));
        await service.PublishRawAsync(Bus.IngestExchange, "test.ingested", "nobody's own"u8.ToArray());
        var mine = (await service.LetterAsync("mine", "mine-1")).GetProperty("letter");
        var nobodys = (await service.LetterAtAsync("/dead-letters", "nobody's own")).GetProperty("letter");
        using var own = await service.ClientOfAsync("mine", "operator");
        using var other = await service.ClientOfAsync("theirs", "operator");
        using var agent = await service.ClientOfAsync("mine", "agent");
        using var ownAdmin = await service.ClientOfAsync("mine", "admin");
        using var nobody = service.ClientWithKey(null);
        var (id, unknown) = (mine.GetProperty("id").GetGuid(), nobodys.GetProperty("id").GetGuid());

        foreach (var (client, path, status) in new[]
        {
            (own, $"/workspaces/mine/dead-letters/{id}", 200), (own, $"/workspaces/mine/dead-letters/{unknown}", 404),
            (other, $"/workspaces/mine/dead-letters/{id}", 403), (other, $"/workspaces/theirs/dead-letters/{id}", 404),
            (agent, $"/workspaces/mine/dead-letters/{id}", 403), (nobody, $"/workspaces/mine/dead-letters/{id}", 401),
            (own, "/dead-letters", 403), (ownAdmin, "/dead-letters", 403), (ownAdmin, $"/dead-letters/{unknown}", 403), (nobody, "/dead-letters", 401),
            (service.Admin, $"/dead-letters/{id}", 200), (service.Admin, $"/dead-letters/{unknown}", 200),
        })
            Assert.Equal((path, status), (path, (int)(await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation)).StatusCode));

        Assert.Equal(403, (int)(await agent.PostAsync(Uri("mine", $"/{id}/replay"), content: null, Cancellation)).StatusCode);
        Assert.Equal(404, (int)(await other.PostAsync(Uri("theirs", $"/{id}/replay"), content: null, Cancellation)).StatusCode);
        using var none = await other.PostAsync(Uri("theirs", "/replay"), content: null, Cancellation);
        Assert.Equal(0, (await none.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("matched").GetInt32());
        Assert.Equal(400, (int)(await own.PostAsJsonAsync(Uri("mine", $"/{id}/discard"), new { reason = " " }, Cancellation)).StatusCode);
        Assert.Equal(200, (int)(await own.PostAsJsonAsync(Uri("mine", $"/{id}/discard"), new { reason = "a test's" }, Cancellation)).StatusCode);
        Assert.Equal(409, (int)(await own.PostAsync(Uri("mine", $"/{id}/replay"), content: null, Cancellation)).StatusCode);
        var decision = (await service.LetterAsync("mine", "mine-1")).GetProperty("letter").GetProperty("decision");
        Assert.Equal(("operator mine", "a test's"), (decision.GetProperty("by").GetString(), decision.GetProperty("reason").GetString()));
        using var replayed = await service.Admin.PostAsync(new Uri($"/dead-letters/{unknown}/replay", UriKind.Relative), content: null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, replayed.StatusCode);
        await service.LetterAtAsync("/dead-letters", "nobody's own", l => l.GetProperty("deaths").GetInt32() == 2);
    }

    [Fact]
    public async Task An_administrator_replays_the_letters_of_all_workspaces()
    {
        foreach (var workspace in new[] { "all-1", "all-2" })
        {
            await service.PublishAsync(new Stumble(workspace, $"swept-{workspace}", "invalid"));
            await service.LetterAsync(workspace, $"swept-{workspace}");
            service.Trouble.Mend($"swept-{workspace}");
        }

        using var answer = await service.Admin.PostAsync(new Uri("/dead-letters/replay?reason=swept-", UriKind.Relative), content: null, Cancellation);
        Assert.Equal(2, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("matched").GetInt32());
        foreach (var workspace in new[] { "all-1", "all-2" })
            Assert.Equal("x", await Eventually.GetAsync("it to be consumed", () => service.NoteAsync(workspace, $"swept-{workspace}")));
    }

    [Fact]
    public async Task A_letter_of_a_queue_that_nobody_reads_any_more_is_not_sent_there()
    {
        await service.PublishRawAsync("failing_error", "failing-gone", "{\"workspaceId\":\"gone\"}"u8.ToArray());
        var letter = (await service.LetterAsync("gone", "gone")).GetProperty("letter");
        var refused = await PostAsync(letter, "gone", "replay");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("failing-gone", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_routes_are_described()
    {
        var paths = (await service.Admin.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative), Cancellation)).GetProperty("paths");
        foreach (var path in new[] { "", "/replay", "/{letter}", "/{letter}/replay", "/{letter}/discard" })
        {
            Assert.True(paths.TryGetProperty("/workspaces/{workspace}/dead-letters" + path, out _), path);
            Assert.True(paths.TryGetProperty("/dead-letters" + path, out _), path);
        }
    }

    static Uri Uri(string workspace, string rest) => new($"/workspaces/{workspace}/dead-letters{rest}", UriKind.Relative);

    async Task<JsonElement> Get(string workspace, string query) => await service.Admin.GetFromJsonAsync<JsonElement>(Uri(workspace, query), Cancellation);

    async Task<int> CountAsync(string workspace, string query)
    {
        var count = 0;
        for (var cursor = ""; ;)
        {
            var page = await Get(workspace, $"?limit=100&{query}&cursor={cursor}");
            count += page.GetProperty("items").GetArrayLength();
            if (page.GetProperty("next").GetString() is not { } next) return count;
            cursor = next;
        }
    }

    Task<HttpResponseMessage> PostAsync(JsonElement letter, string workspace, string what, object? body = null) =>
        service.Admin.PostAsJsonAsync(Uri(workspace, $"/{letter.GetProperty("id").GetGuid()}/{what}"), body ?? new { }, Cancellation);
}
