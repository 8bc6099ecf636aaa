using System.Net;
using System.Net.Http.Json;
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
