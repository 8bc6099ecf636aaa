using System.Net;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;

namespace AutoDev.Governance.Tests.Workspaces;

public sealed class CreateWorkspaceTests(GovernanceService service)
{
    [Theory]
    [InlineData("ab", true)]
    [InlineData("0-a", true)]
    [InlineData("a", false)]
    [InlineData("-a", false)]
    [InlineData("Acme", false)]
    [InlineData("a_b", false)]
    [InlineData("ab\n", false)]
    [InlineData("*", false)]
    [InlineData("123456789-123456789-123456789-123456789-123456789-123456789-123", true)]
    [InlineData("123456789-123456789-123456789-123456789-123456789-123456789-1234", false)]
    public void An_id_is_lower_case_letters_digits_and_hyphens(string id, bool isValid) => Assert.Equal(isValid, CreateWorkspace.IsValidId(id));

    [Fact]
    public async Task A_new_workspace_has_everything_disabled_and_is_created_once()
    {
        var workspace = $"w-{Guid.NewGuid():N}";
        var heard = await service.ListenAsync<WorkspaceSettingsChanged>();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            using var answer = await service.Admin.PutAsync($"/workspaces/{workspace}", content: null);
            return answer.StatusCode;
        }));

        Assert.Equal(1, answers.Count(a => a == HttpStatusCode.Created));
        Assert.Equal(4, answers.Count(a => a == HttpStatusCode.OK));
        var said = await heard.WaitAsync(m => m.WorkspaceId == workspace);
        Assert.Equal((1, new WorkspaceSettings()), (said.Version, said.Settings));
        Assert.False(said.Settings.Enabled);
        Assert.Single((await service.GetAsync($"/workspaces/{workspace}/audit")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task The_list_pages_through_every_workspace_once()
    {
        var made = new[] { await service.WorkspaceAsync(), await service.WorkspaceAsync(), await service.WorkspaceAsync() };

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await service.GetAsync($"/workspaces?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(w => w.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal(seen.Distinct(), seen);
        Assert.Subset(seen.ToHashSet(), made.ToHashSet());
    }

    [Fact]
    public async Task A_workspace_that_does_not_exist_is_not_found()
    {
        using var answer = await service.Admin.GetAsync("/workspaces/nowhere/agents");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
