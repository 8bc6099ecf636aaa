using System.Net;
using System.Text.Json;
using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Search;
using AutoDev.Memento.Tests.Catalog;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace AutoDev.Memento.Tests.Search;

/// <summary>The search over HTTP, on a real database, with the real model.</summary>
[Collection(RunningMemento.Name)]
public sealed class SearchSkillsTests(MementoFixture memento)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_finds_the_skill_for_its_task_in_words_of_its_own_and_is_told_why()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "extract_invoice_id", "Finds the first invoice ID in a text.", MementoFixture.Task);
        await memento.PublishedAsync(workspace, "convert_date", "Writes a date as ISO 8601.", "Convert German dates to ISO 8601");
        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        var (status, found) = await SearchAsync(agent, workspace, "get the invoice number out of a mail");
        Assert.Equal((HttpStatusCode.OK, "meaning_and_words"), (status, found.GetProperty("ranked_by").GetString()));
        var first = found.GetProperty("items")[0];
        Assert.Equal(("extract_invoice_id", "1.0.0", MementoFixture.Task), (Text(first, "name"), Text(first, "version"), Text(first, "task_description")));
        Assert.InRange(first.GetProperty("score").GetDouble(), 0.3, 1);
        var why = first.GetProperty("why");
        Assert.InRange(why.GetProperty("meaning").GetDouble(), 0.3, 1);
        Assert.Contains("invoice", why.GetProperty("words_in_common").EnumerateArray().Select(w => w.GetString()));
        Assert.Contains("invoice", Text(why, "in_words"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_instance_published_or_improved_is_found_at_once_and_nothing_of_another_workspace()
    {
        await using var another = (WebApplicationFactory<SkillCandidate>)await memento.StartAnotherAsync();
        var (mine, other) = (await memento.WorkspaceAsync(), await memento.WorkspaceAsync());
        await memento.PublishedAsync(other, "errand", task: "Book a flight to Lisbon");
        Assert.Empty(await FoundAsync(mine, "reserve a seat on a plane"));
        await memento.PublishedAsync(mine, "errand", "Sings.", "Sing a song", services: another.Services);
        Assert.Empty(await FoundAsync(mine, "reserve a seat on a plane"));
        await memento.PublishedAsync(mine, "errand", "Books flights.", "Book a flight to Lisbon", services: another.Services);
        Assert.Equal(["errand"], await FoundAsync(mine, "reserve a seat on a plane"));
    }

    [Fact]
    public async Task Meanings_that_are_missing_or_another_models_are_told_afterwards()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "extract_invoice_id", "Finds it.", MementoFixture.Task);
        await memento.PublishedAsync(workspace, "book_flight", "Books it.", "Book a flight to Lisbon");
        await memento.PublishedAsync(workspace, "sing", "Sings.", "Sing a song");
        await ExecuteAsync($"update skill_index set model = 'another', meaning = '\\x0102', number = nextval('skill_index_number_seq') where tenant_id = '{workspace}' and name = 'book_flight'");
        await ExecuteAsync($"delete from skill_index where tenant_id = '{workspace}' and name = 'extract_invoice_id'"); // as an earlier version left it
        await TellMeanings.TellAsync(memento.Services.GetRequiredService<IDocumentStore>(), memento.Services.GetRequiredService<Meanings>(), Cancellation);
        Assert.Equal(["book_flight"], await FoundAsync(workspace, "reserve a seat on a plane"));
        Assert.Equal(["extract_invoice_id"], await FoundAsync(workspace, "get the invoice number out of a mail"));
    }

    [Fact]
    public async Task Without_a_model_skills_are_published_and_found_by_words_and_the_meanings_are_told_when_it_is_back()
    {
        var workspace = await memento.WorkspaceAsync();
        var store = memento.Services.GetRequiredService<IDocumentStore>();
        var away = new Meanings(new Silence(), "away", TimeProvider.System, NullLogger<Meanings>.Instance);
        await using (var session = store.LightweightSession(workspace))
        {
            await session.IndexAsync(Skill(await memento.PublishedAsync(workspace, "extract_invoice_id", "Finds it.", MementoFixture.Task)), away,
                Cancellation);
            await session.SaveChangesAsync(Cancellation);
        }

        await using var query = store.QuerySession(workspace);
        var (hits, byMeaning) = await new SkillMemory(away).SearchAsync(query, "extract invoice ids from mails", 5, Cancellation);
        Assert.False(byMeaning);
        Assert.Null(Assert.Single(hits).Meaning);
        Assert.Equal(0, await TellMeanings.TellAsync(store, away, Cancellation)); // and does not go on for ever

        Assert.True(await TellMeanings.TellAsync(store, memento.Services.GetRequiredService<Meanings>(), Cancellation) > 0);
        Assert.Equal(["extract_invoice_id"], await FoundAsync(workspace, "get the invoice number out of a mail"));

        Skill Skill(SkillVersion version) => PublishSkill.With(null, version, null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("task=")]
    [InlineData("task=%20")]
    [InlineData("task=a&limit=0")]
    [InlineData("task=a&limit=51")]
    [InlineData("task=a&limit=many")]
    public async Task A_search_needs_a_task_and_a_limit_of_one_to_fifty(string query)
    {
        var workspace = await memento.WorkspaceAsync();
        var answer = await memento.Admin.GetAsync(new Uri($"/workspaces/{workspace}/skills/search?{query}", UriKind.Relative), Cancellation);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Any_text_may_be_searched_for()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishedAsync(workspace, "extract_invoice_id", "Finds it.\0", MementoFixture.Task);
        foreach (var task in new[] { "' or 1=1 --", "%", "数据导出失败", "\0", new string('x', 2000) })
            Assert.Equal(HttpStatusCode.OK, (await SearchAsync(memento.Admin, workspace, task)).Status);
    }

    async Task<IReadOnlyList<string>> FoundAsync(string workspace, string task) =>
        [.. (await SearchAsync(memento.Admin, workspace, task)).Found.GetProperty("items").EnumerateArray().Select(i => Text(i, "name"))];

    static async Task<(HttpStatusCode Status, JsonElement Found)> SearchAsync(HttpClient client, string workspace, string task)
    {
        var answer = await client.GetAsync(new Uri($"/workspaces/{workspace}/skills/search?task={Uri.EscapeDataString(task)}", UriKind.Relative), Cancellation);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancellation)));
    }

    async Task ExecuteAsync(string sql)
    {
        await using var connection = memento.Services.GetRequiredService<IDocumentStore>().Storage.Database.CreateConnection();
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    static string Text(JsonElement json, string property) => json.GetProperty(property).GetString()!;

    /// <summary>A model that is away.</summary>
    sealed class Silence : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null,
            CancellationToken cancellationToken = default) =>
            throw new HttpRequestException("refused");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
