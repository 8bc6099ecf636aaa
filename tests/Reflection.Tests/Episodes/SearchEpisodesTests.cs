using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Reflection.Episodes;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Reflection.Tests.Episodes;

public sealed class SearchEpisodesTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("q=invoices", "mail", "scan")]
    [InlineData("q=invoice -scanned", "mail")]
    [InlineData("q=\"invoice id\"", "mail")]
    [InlineData("q=lisbon or scanned", "scan", "trip")]
    [InlineData("q=KeyError", "scan")]
    [InlineData("q=frankfurt", "trip")]
    [InlineData("q=INV-20391", "mail")]
    [InlineData("q=unheard")]
    [InlineData("agent=bob", "trip")]
    [InlineData("outcome=SUCCESS", "trip")]
    [InlineData("skill=read_mail", "mail")]
    [InlineData("has_feedback=true", "mail", "trip")]
    [InlineData("has_feedback=false", "scan")]
    [InlineData("q=invoice&has_feedback=true&agent=ada&outcome=failure&skill=read_mail", "mail")]
    [InlineData("from=2100-01-01T00:00:00Z")]
    [InlineData("from=2020-01-01T00:00:00%2B02:00&to=2100-01-01T00:00:00Z", "mail", "scan", "trip")]
    public async Task Words_and_filters_find_what_they_say(string query, params string[] expected)
    {
        var workspace = await Recorded();
        var page = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/episodes?{query}", Cancellation);
        Assert.Equal(expected, page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("episode_id").GetString()!).Order());
    }

    [Theory]
    [InlineData("q=", "q has no word")]
    [InlineData("q=the", "q has no word")]
    [InlineData("q=%2D%2D%22", "q has no word")]
    [InlineData("outcome=1", "outcome must be")]
    [InlineData("outcome=lost", "outcome must be")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to must be after from")]
    [InlineData("has_feedback=maybe", "feedback")]
    [InlineData("pattern=7", "pattern")]
    [InlineData("limit=0", "limit must be")]
    [InlineData("cursor=!", "cursor")]
    [InlineData("q=a%00b", "character")]
    public async Task What_cannot_be_searched_for_is_said_so(string query, string detail)
    {
        var workspace = await reflection.WorkspaceAsync();
        var answer = await reflection.Admin.GetAsync(new Uri($"/workspaces/{workspace}/episodes?{query}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(detail, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_query_longer_than_the_limit_is_refused()
    {
        var workspace = await reflection.WorkspaceAsync();
        var answer = await reflection.Admin.GetAsync(new Uri($"/workspaces/{workspace}/episodes?q={new string('x', 501)}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_of_a_search_have_every_match_once_while_more_are_recorded()
    {
        var workspace = await reflection.WorkspaceAsync();
        await Post(workspace, Enumerable.Range(0, 25).Select(i => new { episode_id = $"{i:00}", agent_id = "ada", task_description = i % 5 == 4 ? "Book a flight" : "Read the invoice", outcome = "failure" }));

        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/episodes?q=invoice&limit=7{(cursor is null ? "" : "&cursor=" + cursor)}", Cancellation);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("episode_id").GetString()!));
            await Post(workspace, [new { episode_id = $"later-{seen.Count}", agent_id = "ada", task_description = "Read the invoice", outcome = "failure" }]);
            if ((cursor = page.GetProperty("next").GetString()) is null) break;
        }

        Assert.Equal(Enumerable.Range(0, 25).Where(i => i % 5 != 4).Select(i => $"{i:00}"), seen.Order());
    }

    [Fact]
    public async Task Another_workspaces_episodes_are_not_found()
    {
        await Recorded();
        var other = await reflection.WorkspaceAsync();
        var page = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{other}/episodes?q=invoice", Cancellation);
        Assert.Equal(0, page.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_longest_text_with_the_most_words_can_be_indexed()
    {
        var workspace = await reflection.WorkspaceAsync();
        var words = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{(char)(0x4e00 + i)}-/"));
        await Post(workspace, [new
        {
            episode_id = "long", agent_id = "ada", task_description = words[..4000], outcome = "failure", error_trace = words + words[..5000],
            metadata = new { more = string.Join(' ', Enumerable.Range(0, 30_000)) },
        }]);
        var page = await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/episodes?q={(char)(0x4e00 + 19_999)}", Cancellation);
        Assert.Equal(1, page.GetProperty("items").GetArrayLength());
    }

    /// <summary>An index whose expression PostgreSQL writes otherwise than the code would be made anew at every start.</summary>
    [Fact]
    public async Task The_search_index_is_used_and_stays_as_it_is_at_the_next_start()
    {
        var store = reflection.Services.GetRequiredService<IDocumentStore>();
        await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync(Cancellation);

        var plan = await reflection.InStoreAsync("many", async session =>
        {
            for (var i = 0; i < 3000; i++)
                session.Insert(new Episode { Id = $"{i}", AgentId = "ada", TaskDescription = $"Task of number {i}", Outcome = Outcome.Failure, RecordedAt = DateTimeOffset.UtcNow });
            await session.SaveChangesAsync(Cancellation);

            var command = session.Query<Episode>().Where(e => e.WebStyleSearch("2718", "english")).ToCommand();
            command.CommandText = "analyze mt_doc_episode; explain " + command.CommandText;
            command.Connection = session.Connection;
            var lines = new List<string>();
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            while (await reader.ReadAsync(Cancellation)) lines.Add(reader.GetString(0));
            return string.Join('\n', lines);
        });
        Assert.Contains("_fts", plan, StringComparison.Ordinal);
    }

    async Task<string> Recorded()
    {
        var workspace = await reflection.WorkspaceAsync();
        await Post(workspace,
        [
            new { episode_id = "mail", agent_id = "ada", task_description = "Extract the invoice ID from mails", outcome = "failure", error_trace = "ValueError: none in INV-20391", user_feedback = -1, skills_used = new[] { "read_mail" } },
            new { episode_id = "scan", agent_id = "ada", task_description = "Read a scanned invoice", outcome = "partial", error_trace = "KeyError: 'total'", skills_used = new[] { "ocr" } },
            new { episode_id = "trip", agent_id = "bob", task_description = "Book a flight to Lisbon", outcome = "success", metadata = new { via = "Frankfurt" } },
        ]);
        var feedback = await reflection.Admin.PostAsJsonAsync($"/workspaces/{workspace}/episodes/trip/feedback", new { value = 1 }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, feedback.StatusCode);
        return workspace;
    }

    async Task Post(string workspace, IEnumerable<object> episodes)
    {
        var answer = await reflection.Admin.PostAsJsonAsync($"/workspaces/{workspace}/episodes", episodes, Cancellation);
        var results = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("results");
        Assert.All(results.EnumerateArray(), r => Assert.Equal("recorded", r.GetProperty("status").GetString()));
    }
}
