using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Reflection.Patterns;
using AutoDev.Testing;
using Npgsql;
using Xunit;

namespace AutoDev.Reflection.Tests;

/// <summary>A database as an earlier version left it.</summary>
public sealed class EarlierTablesTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    [Fact]
    public async Task What_an_earlier_version_stored_has_its_moments_in_columns_as_soon_as_this_one_has_started()
    {
        var workspace = await reflection.WorkspaceAsync(threshold: 100);
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "first"));
        await Eventually.IsTrueAsync("the pattern", async () => (await ListAsync(workspace, "patterns")).Count == 1);
        await ExecuteAsync("alter table mt_doc_episode drop column recorded_at");
        await ExecuteAsync("alter table mt_doc_failurepattern drop column last_failure_at");
        await ExecuteAsync("create index mt_doc_episode_idx_recorded_at on mt_doc_episode (mt_immutable_timestamptz(data ->> 'RecordedAt'))");
        await ExecuteAsync("""update mt_doc_failurepattern set mt_version = gen_random_uuid(), data = data || jsonb_build_object('RecentFailures', jsonb_build_array(data -> 'LastFailureAt'))""");

        await using var upgraded = await reflection.StartAnotherAsync();
        var found = Assert.Single(await ListAsync(workspace, "patterns"));
        Assert.Single(await ListAsync(workspace, "episodes"));
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "second"));
        await Eventually.IsTrueAsync("the second in the same pattern", () => reflection.InStoreAsync(workspace, async session =>
            (await session.LoadAsync<FailurePattern>(found.GetProperty("pattern_id").GetGuid()))!.RecentFailures.Count == 2));
        Assert.Equal(2, (await ListAsync(workspace, "episodes")).Count);
    }

    async Task<List<JsonElement>> ListAsync(string workspace, string what)
    {
        var page = await reflection.Admin.GetFromJsonAsync<JsonElement>(new Uri($"/workspaces/{workspace}/{what}", UriKind.Relative), TestContext.Current.CancellationToken);
        return [.. page.GetProperty("items").EnumerateArray()];
    }

    Task<int> ExecuteAsync(string sql) => reflection.InStoreAsync("any", async session =>
    {
        await using var command = new NpgsqlCommand(sql);
        return await session.ExecuteAsync(command, TestContext.Current.CancellationToken);
    });
}
