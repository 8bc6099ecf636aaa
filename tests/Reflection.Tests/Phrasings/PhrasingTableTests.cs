using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AutoDev.Reflection.Tests.Phrasings;

/// <summary>What one instance files the others find, after a start and after an upgrade too.</summary>
public sealed class PhrasingTableTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    const string Card = "Why was my card declined?", Refused = "The shop would not accept my payment, what happened?", Flight = "Book a flight to Lisbon";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_differs_in_numbers_only_is_put_as_before_and_filed_once()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, Enumerable.Range(1, 40).Select(i => ($"Summarise ticket {i}", (string?)$"ValueError: no ticket {i * 7} at /srv/a{i}.py")));
        var pattern = Assert.Single(await PatternsAsync(workspace));
        Assert.Equal(40, pattern.FailureCount);
        Assert.Single(pattern.Phrasings);
        Assert.Equal([(pattern.Id, "Summarise ticket 1")], await FiledAsync(workspace));
    }

    [Fact]
    public async Task Another_instance_reads_on_where_it_was()
    {
        await using var another = await AnotherAsync();
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, [(Card, null)]);
        await RecordAsync(workspace, [(Flight, null)], another.Services); // it knows the card now
        await RecordAsync(workspace, [("Extract the invoice ID from customer e-mails", null)]);
        await RecordAsync(workspace, [("please extract invoice ids from the customers' e-mails", null)], another.Services);
        await RecordAsync(workspace, [("Book a flight to Porto", null)]);
        Assert.Equal([1, 2, 2], (await PatternsAsync(workspace)).Select(p => p.FailureCount).Order());
        Assert.Equal(5, (await FiledAsync(workspace)).Count);
    }

    [Fact]
    public async Task What_an_earlier_version_left_in_the_patterns_alone_is_filed_when_its_agent_fails_anew()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, [(Card, null), (Flight, null)]);
        await ExecuteAsync($"delete from phrasings where tenant_id = '{workspace}'");
        await using var another = await AnotherAsync();
        await RecordAsync(workspace, [("Book a flight to Porto", null)], another.Services);
        Assert.Equal([1, 2], (await PatternsAsync(workspace)).Select(p => p.FailureCount).Order());
        Assert.Equal(3, (await FiledAsync(workspace)).Count);
    }

    [Fact]
    public async Task What_a_lost_transaction_filed_is_not_remembered()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, [(Card, null)]);
        await RecordAsync(workspace, [(Flight, null)], commit: false);
        await RecordAsync(workspace, [(Flight, null)]);
        Assert.Equal([1, 1], (await PatternsAsync(workspace)).Select(p => p.FailureCount));
    }

    [Fact]
    public async Task Past_and_resolved_patterns_are_forgotten_and_the_others_are_not()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, [(Card, null), (Flight, null), ("Archive last week's newsletter", null)]);
        await ExecuteAsync($$"""update mt_doc_failurepattern set mt_version = gen_random_uuid(), data = data || '{"State": "Resolved"}' where tenant_id = '{{workspace}}' and data ->> 'TaskDescription' = '{{Flight}}'""");
        await ExecuteAsync($$"""update mt_doc_failurepattern set mt_version = gen_random_uuid(), data = data || '{"LastFailureAt": "2020-01-01T00:00:00Z"}', last_failure_at = '2020-01-01T00:00:00Z' where tenant_id = '{{workspace}}' and data ->> 'TaskDescription' like 'Archive%'""");
        await ForgetPhrasings.ForgetAsync(reflection.Services.GetRequiredService<IDocumentStore>(), DateTimeOffset.UtcNow, Cancellation);
        Assert.Equal([Card], (await FiledAsync(workspace)).Select(f => f.Task));

        await RecordAsync(workspace, [(Flight, null)]);
        Assert.Equal(4, (await PatternsAsync(workspace)).Count);
    }

    [Fact]
    public async Task A_meaning_of_another_model_is_asked_for_again()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await RecordAsync(workspace, [(Card, null)]);
        await ExecuteAsync($"update phrasings set model = 'another', meaning = '\\x0102' where tenant_id = '{workspace}'");
        await using var another = await AnotherAsync();
        await RecordAsync(workspace, [("My card was declined, why?", null)], another.Services);
        Assert.Equal(2, Assert.Single(await PatternsAsync(workspace)).FailureCount);
    }

    /// <summary>A process that remembers nothing.</summary>
    async Task<WebApplicationFactory<Program>> AnotherAsync() => (WebApplicationFactory<Program>)await reflection.StartAnotherAsync();

    async Task RecordAsync(string workspace, IEnumerable<(string Task, string? Error)> failures, IServiceProvider? services = null, bool commit = true)
    {
        var reports = failures.Select(f => new ReportedEpisode(workspace, new Episode
        {
            Id = $"{Guid.NewGuid():N}", AgentId = "ada", TaskDescription = f.Task, ErrorTrace = f.Error, Outcome = Outcome.Failure, RecordedAt = DateTimeOffset.UtcNow,
        })).ToList();
        if (commit)
        {
            await (services ?? reflection.Services).CommitAsync((scope, cancellation) => scope.GetRequiredService<RecordEpisodes>().RecordAsync(reports, cancellation), Cancellation);
            return;
        }

        await using var lost = reflection.Services.CreateAsyncScope();
        await lost.ServiceProvider.GetRequiredService<RecordEpisodes>().RecordAsync(reports, Cancellation);
    }

    async Task<IReadOnlyList<FailurePattern>> PatternsAsync(string workspace) => await reflection.InStoreAsync(workspace, s => s.Query<FailurePattern>().ToListAsync(Cancellation));

    Task<List<(Guid Pattern, string Task)>> FiledAsync(string workspace) => reflection.InStoreAsync(workspace, async session =>
    {
        await using var read = new NpgsqlCommand("select pattern_id, task from phrasings where tenant_id = $1 order by number") { Parameters = { new() { Value = workspace } } };
        await using var reader = await session.ExecuteReaderAsync(read, Cancellation);
        var filed = new List<(Guid, string)>();
        while (await reader.ReadAsync(Cancellation)) filed.Add((reader.GetGuid(0), reader.GetString(1)));
        return filed;
    });

    Task<int> ExecuteAsync(string sql) => reflection.InStoreAsync("any", async session =>
    {
        await using var command = new NpgsqlCommand(sql);
        return await session.ExecuteAsync(command, Cancellation);
    });
}
