using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Keys;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;

namespace AutoDev.Governance.Tests.Keys;

public sealed class ApiKeyTests(GovernanceService service)
{
    [Theory]
    [InlineData("bot", "agent", "")]
    [InlineData("bot", "owner", "role")]
    [InlineData("bot", null, "role")]
    [InlineData(" ", "agent", "name")]
    [InlineData(null, "Admin", "name, role")]
    [InlineData("a\nb", "agent", "name")]
    public void A_request_names_a_holder_and_a_role(string? name, string? role, string faults) =>
        Assert.Equal(faults, string.Join(", ", IssueKey.Check(new(name, role)).Keys));

    [Fact]
    public async Task A_key_is_shown_once_and_only_its_hash_is_kept_and_said()
    {
        var workspace = await service.WorkspaceAsync();
        var heard = await service.ListenAsync<ApiKeyChanged>();

        using var issued = await service.Admin.PostAsJsonAsync($"/workspaces/{workspace}/api-keys", new { name = "invoice bot", role = "agent" });
        var key = (await GovernanceService.JsonAsync(issued)).GetProperty("key").GetString()!;

        Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        Assert.Matches(@"^adk_[a-z0-9]{12}\.[A-Za-z0-9_-]{43}$", key);
        var said = await heard.WaitAsync(m => m.WorkspaceId == workspace);
        Assert.Equal(
            new ApiKeyChanged { KeyId = key.Split('.')[0], WorkspaceId = workspace, Name = "invoice bot", Role = "agent", Sha256 = ApiKey.Hash(key), Revoked = false }, said);
        foreach (var path in new[] { "api-keys", "audit" })
        {
            var text = (await service.GetAsync($"/workspaces/{workspace}/{path}")).GetRawText();
            Assert.Contains(said.KeyId, text, StringComparison.Ordinal);
            Assert.DoesNotContain(key.Split('.')[1], text, StringComparison.Ordinal);
            Assert.DoesNotContain(said.Sha256, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revoked_key_opens_nothing_for_good()
    {
        var workspace = await service.WorkspaceAsync();
        var heard = await service.ListenAsync<ApiKeyChanged>();
        using var clerk = await service.ClientAsync(workspace, "operator");
        var issued = await heard.WaitAsync(m => m.WorkspaceId == workspace);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());

        foreach (var _ in new[] { "once", "twice" })
        {
            using var revoked = await service.Admin.DeleteAsync($"/workspaces/{workspace}/api-keys/{issued.KeyId}?reason=lost");
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }

        await Eventually.IsTrueAsync("the key to be refused", async () => await StatusAsync() == HttpStatusCode.Unauthorized);
        await service.PublishAsync(issued); // old news, late
        await service.HandledAsync("governance-follow-api-keys", issued.KeyId, count: 3);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync());
        Assert.Single(heard.Messages, m => m.WorkspaceId == workspace && m.Revoked);
        var listed = Assert.Single((await service.GetAsync($"/workspaces/{workspace}/api-keys")).GetProperty("items").EnumerateArray());
        Assert.True(listed.GetProperty("revoked").GetBoolean());
        var entry = (await service.GetAsync($"/workspaces/{workspace}/audit")).GetProperty("items")[0];
        Assert.Equal(("api_key_revoked", "lost"), (entry.GetProperty("action").GetString(), entry.GetProperty("reason").GetString()));

        async Task<HttpStatusCode> StatusAsync()
        {
            using var answer = await clerk.GetAsync($"/workspaces/{workspace}/settings");
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_keys_last_use_is_shown_and_late_news_of_it_change_nothing_else()
    {
        var workspace = await service.WorkspaceAsync();
        using var clerk = await service.ClientAsync(workspace, "operator");
        using var unused = await service.Admin.PostAsJsonAsync($"/workspaces/{workspace}/api-keys", new { name = "spare", role = "agent" });
        var shown = await Eventually.HoldsAsync(() => KeyAsync("the operator"), key => Assert.Equal(JsonValueKind.String, key.GetProperty("last_used_at").ValueKind));
        Assert.Equal(JsonValueKind.Null, (await KeyAsync("spare")).GetProperty("last_used_at").ValueKind);
        Assert.True(shown.GetProperty("last_used_at").GetDateTimeOffset() >= shown.GetProperty("created_at").GetDateTimeOffset());

        // Of a service that was away: of an earlier and of a later use, of a key that was revoked meanwhile, and of one that there is not.
        var id = shown.GetProperty("key_id").GetString()!;
        using var revoked = await service.Admin.DeleteAsync($"/workspaces/{workspace}/api-keys/{id}");
        Assert.True(revoked.IsSuccessStatusCode);
        var later = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await service.PublishAsync(new ApiKeysUsed { Uses = [Use(id, later), Use(id, later.AddYears(-1)), Use("adk_nobodys", later)] });
        await Eventually.HoldsAsync(() => KeyAsync("the operator"), key => Assert.Equal(later, key.GetProperty("last_used_at").GetDateTimeOffset()));
        await service.PublishAsync(new ApiKeysUsed { Uses = [Use(id, later.AddYears(-50))] });
        await service.HandledAsync("governance-record-key-uses", "2050-01-01", count: 1);
        var last = await KeyAsync("the operator");
        Assert.Equal((later, true), (last.GetProperty("last_used_at").GetDateTimeOffset(), last.GetProperty("revoked").GetBoolean()));
        Assert.Null(await service.InStoreAsync(workspace, store => store.LoadAsync<KeyUse>("adk_nobodys")));

        ApiKeyUse Use(string key, DateTimeOffset at) => new() { WorkspaceId = workspace, KeyId = key, UsedAt = at };

        async Task<JsonElement> KeyAsync(string name) => Assert.Single(
            (await service.GetAsync($"/workspaces/{workspace}/api-keys")).GetProperty("items").EnumerateArray(), k => k.GetProperty("name").GetString() == name);
    }

    [Fact]
    public async Task A_key_is_rotated_by_a_second_one_that_lives_beside_it()
    {
        var workspace = await service.WorkspaceAsync();
        using var old = await service.ClientAsync(workspace, "operator");
        using var next = await service.ClientAsync(workspace, "operator");
        foreach (var client in new[] { old, next })
        {
            using var answer = await client.GetAsync($"/workspaces/{workspace}/settings");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_key_of_another_workspace_is_not_there_to_be_revoked()
    {
        var (mine, theirs) = (await service.WorkspaceAsync(), await service.WorkspaceAsync());
        var heard = await service.ListenAsync<ApiKeyChanged>();
        using var clerk = await service.ClientAsync(theirs, "operator");
        var key = await heard.WaitAsync(m => m.WorkspaceId == theirs);

        using var answer = await service.Admin.DeleteAsync($"/workspaces/{mine}/api-keys/{key.KeyId}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using var still = await clerk.GetAsync($"/workspaces/{theirs}/settings");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }
}
