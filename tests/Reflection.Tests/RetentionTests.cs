using AutoDev.ServiceDefaults.Retention;
using AutoDev.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AutoDev.Reflection.Tests;

/// <summary>What is old goes, what something needs stays, and nobody waits for it.</summary>
public sealed class RetentionTests(ReflectionService service) : IClassFixture<ReflectionService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    ForgetOld Forgetting => service.Services.GetRequiredService<ForgetOld>();

    [Fact]
    public async Task Old_episodes_go_and_those_of_an_open_pattern_stay()
    {
        var workspace = await service.WorkspaceAsync(threshold: 100);
        await EpisodesAsync(workspace, "failure", "f1", "f2"); // of a pattern that is open
        await EpisodesAsync(workspace, "success", "old", "young");
        await EventuallyAsync(workspace, 4);
        await AgeAsync($"tenant_id = '{workspace}' and id <> 'young'", days: 91);

        await Forgetting.RunAsync(DateTimeOffset.UtcNow, Cancellation);

        Assert.Equal(["f1", "f2", "young"], await IdsAsync(workspace));
    }

    [Fact]
    public async Task Thousands_go_while_others_write_and_none_of_them_waits()
    {
        var (workspace, writers) = (await service.WorkspaceAsync(), await service.WorkspaceAsync());
        await EpisodesAsync(workspace, "success", "seed");
        await EventuallyAsync(workspace, 1);
        await ExecuteAsync(
            $"""
             insert into mt_doc_episode (tenant_id, id, data, recorded_at, mt_version, mt_dotnet_type)
             select tenant_id, 'old-' || n, jsonb_set(data, array['Id'], to_jsonb('old-' || n)), now() - interval '100 days', mt_version, mt_dotnet_type
             from mt_doc_episode, generate_series(1, 3000) n where tenant_id = '{workspace}' and id = 'seed'
             """);

        // Rows of the old ones are held by somebody for as long as it takes; whoever needs a lock that cannot be had at once fails.
        await using var holder = await OpenAsync();
        await using var held = await holder.BeginTransactionAsync(Cancellation);
        await using (var hold = new NpgsqlCommand($"select 1 from mt_doc_episode where tenant_id = '{workspace}' and id in ('old-1', 'old-2') for update", holder)) await hold.ExecuteNonQueryAsync(Cancellation);
        await using var writer = await OpenAsync();
        await using (var limit = new NpgsqlCommand("set lock_timeout = '1ms'", writer)) await limit.ExecuteNonQueryAsync(Cancellation);

        var forgetting = Forgetting.RunAsync(DateTimeOffset.UtcNow, Cancellation);
        var written = 0;
        do
        {
            await using var write = new NpgsqlCommand(
                $"""
                 insert into mt_doc_episode (tenant_id, id, data, recorded_at, mt_version, mt_dotnet_type)
                 select '{writers}', 'new-{written++}', data, now(), mt_version, mt_dotnet_type from mt_doc_episode where tenant_id = '{workspace}' and id = 'seed';
                 update mt_doc_episode set data = data where tenant_id = '{workspace}' and id = 'seed'
                 """, writer);
            await write.ExecuteNonQueryAsync(Cancellation);
        }
        while (!forgetting.IsCompleted);

        Assert.True(await forgetting >= 2998);
        Assert.Equal(["old-1", "old-2", "seed"], await IdsAsync(workspace));
        await held.RollbackAsync(Cancellation);
        await Forgetting.RunAsync(DateTimeOffset.UtcNow, Cancellation);
        Assert.Equal(["seed"], await IdsAsync(workspace));
        Assert.Equal(written, (await IdsAsync(writers)).Count);
    }

    [Fact]
    public async Task Only_one_instance_is_at_it()
    {
        var workspace = await service.WorkspaceAsync();
        await EpisodesAsync(workspace, "success", "old");
        await EventuallyAsync(workspace, 1);
        await AgeAsync($"tenant_id = '{workspace}'", days: 91);
        await using (var other = await OpenAsync())
        {
            await using (var turn = new NpgsqlCommand($"select pg_advisory_lock({0x7265_7465_6e74_696f})", other)) await turn.ExecuteNonQueryAsync(Cancellation);
            Assert.Equal(0, await Forgetting.RunAsync(DateTimeOffset.UtcNow, Cancellation));
            Assert.Equal(["old"], await IdsAsync(workspace));
        }

        await Eventually.IsTrueAsync("its turn", async () =>
        {
            await Forgetting.RunAsync(DateTimeOffset.UtcNow, Cancellation);
            return (await IdsAsync(workspace)).Count == 0;
        });
    }

    [Theory]
    [InlineData(null, null, 90)]
    [InlineData("7", null, 7)]
    [InlineData("7", "30", 30)]
    [InlineData("forever", null, null)]
    [InlineData("7", "forever", null)]
    public void A_workspace_has_its_own_setting_or_the_installations(string? installation, string? workspace, int? days)
    {
        var rule = new RetentionRule("Episodes", "mt_doc_episode", 90);
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Retention:Episodes"] = installation, ["Retention:Workspaces:acme:Episodes"] = workspace };
        Assert.Equal(days, rule.KeptFor(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), "acme")?.TotalDays);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("90d")]
    [InlineData("")]
    public void A_setting_that_cannot_be_read_is_an_error_and_not_a_default(string setting)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Retention:Episodes", (string?)setting)]).Build();
        Assert.Throws<InvalidOperationException>(() => new RetentionRule("Episodes", "mt_doc_episode", 90).KeptFor(configuration, "acme"));
    }

    Task EpisodesAsync(string workspace, string outcome, params string[] ids) => service.IngestManyAsync(
        "episode.reported", [.. ids.Select(id => ReflectionService.Failure(workspace, id).Replace("\"outcome\":\"failure\"", $"\"outcome\":\"{outcome}\"", StringComparison.Ordinal))]);

    Task EventuallyAsync(string workspace, int count) => Eventually.IsTrueAsync($"{count} episodes", async () => (await IdsAsync(workspace)).Count == count);

    Task AgeAsync(string which, int days) => ExecuteAsync($"update mt_doc_episode set recorded_at = now() - interval '{days} days' where {which}");

    async Task<List<string>> IdsAsync(string workspace)
    {
        await using var database = await OpenAsync();
        await using var find = new NpgsqlCommand("select id from mt_doc_episode where tenant_id = $1 order by id collate \"C\"", database) { Parameters = { new() { Value = workspace } } };
        await using var reader = await find.ExecuteReaderAsync(Cancellation);
        var ids = new List<string>();
        while (await reader.ReadAsync(Cancellation)) ids.Add(reader.GetString(0));
        return ids;
    }

    async Task ExecuteAsync(string sql)
    {
        await using var database = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, database);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(service.Installation.Settings["ConnectionStrings:postgres"]) { Pooling = false } is var to
            ? new NpgsqlConnectionStringBuilder(to.ConnectionString) { Database = to.Database + "_reflection" }.ConnectionString : "");
        await database.OpenAsync(Cancellation);
        return database;
    }
}
