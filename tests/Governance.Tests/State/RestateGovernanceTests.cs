using System.Net.Http.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Workspaces;
using AutoDev.Testing;

namespace AutoDev.Governance.Tests.State;

/// <summary>A service of its own: what is said again here is not to be heard by the other tests.</summary>
public sealed class RestateGovernanceTests(GovernanceService service) : IClassFixture<GovernanceService>
{
    const string Queue = "governance-restate-governance";

    [Fact]
    public async Task Everything_is_said_again_in_the_versions_that_stand_and_once_for_a_question_that_came_twice()
    {
        var settings = await service.ListenAsync<WorkspaceSettingsChanged>();
        var maturities = await service.ListenAsync<AgentMaturityChanged>();
        var keys = await service.ListenAsync<ApiKeyChanged>();
        var workspace = await service.WorkspaceAsync();
        using var patched = await service.Admin.PatchAsJsonAsync($"/workspaces/{workspace}/settings", new { failure_threshold = 7 });
        using var registered = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/bot", new { maturity = "INTERN", reason = "known" });
        using var key = await service.ClientAsync(workspace, "agent");
        var question = new RestateGovernance { RequestedBy = $"{Guid.NewGuid()}" };

        await service.PublishTwiceAsync(question);
        await service.HandledAsync(Queue, question.RequestedBy, count: 2);

        var changed = await settings.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 2);
        var agent = await maturities.WaitAsync(m => m.WorkspaceId == workspace);
        var issued = await keys.WaitAsync(k => k.WorkspaceId == workspace);
        await Eventually.IsTrueAsync("each to be said again, as it was", () => Task.FromResult(
            settings.Messages.Count(m => m == changed) == 2 && maturities.Messages.Count(m => m == agent) == 2 && keys.Messages.Count(k => k == issued) == 2));
        Assert.Equal((2, 7), (changed.Version, changed.Settings.FailureThreshold));
        Assert.Equal((1, Maturity.Intern, "known"), (agent.Version, agent.Maturity, agent.Reason));
        Assert.Equal(3, settings.Messages.Count(m => m.WorkspaceId == workspace));

        // An administrator of the installation can ask for it too, and it is known who did.
        using var asked = await service.Admin.PostAsync($"/restate?reason={question.RequestedBy}", content: null);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, asked.StatusCode);
        await Eventually.IsTrueAsync("each to be said once more", () => Task.FromResult(
            settings.Messages.Count(m => m == changed) == 3 && maturities.Messages.Count(m => m == agent) == 3 && keys.Messages.Count(k => k == issued) == 3));
        var entry = (await service.GetAsync("/audit?kind=restatement_requested")).GetProperty("items")[0];
        Assert.Equal(("admin", question.RequestedBy), (entry.GetProperty("actor").GetString(), entry.GetProperty("reason").GetString()));
        using var workspaceAdmin = await service.ClientAsync(workspace, "admin");
        using var refused = await workspaceAdmin.PostAsync("/restate", content: null);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
    }
}

/// <summary>A service of its own, as above.</summary>
public sealed class RestatePageTests(GovernanceService service) : IClassFixture<GovernanceService>
{
    const int MoreThanAPage = 205;

    [Fact]
    public async Task More_than_a_page_of_workspaces_and_agents_is_said_to_the_last()
    {
        var now = DateTimeOffset.UtcNow;
        var prefix = $"many-{Guid.NewGuid():N}"[..20];
        var workspaces = Enumerable.Range(0, MoreThanAPage).Select(i => $"{prefix}-{i:000}").ToList();
        foreach (var workspace in workspaces) await StoreAsync(workspace, GovernedWorkspace.Create(workspace, "test", now));
        var crowded = workspaces[^1];
        var agents = Enumerable.Range(0, MoreThanAPage).Select(i => Agent.Register(crowded, $"bot-{i:000}", Maturity.Student, "test", "test", now)).ToArray();
        await StoreAsync(crowded, agents);
        var settings = await service.ListenAsync<WorkspaceSettingsChanged>();
        var maturities = await service.ListenAsync<AgentMaturityChanged>();

        await service.PublishAsync(new RestateGovernance { RequestedBy = "test" });

        await Eventually.IsTrueAsync("every workspace", () => Task.FromResult(
            settings.Messages.Select(m => m.WorkspaceId).ToHashSet().IsSupersetOf(workspaces)));
        await Eventually.IsTrueAsync("every agent", () => Task.FromResult(
            maturities.Messages.Where(m => m.WorkspaceId == crowded).Select(m => m.AgentId).ToHashSet().IsSupersetOf(agents.Select(a => a.Id))));
    }

    Task<bool> StoreAsync<T>(string workspace, params T[] documents)
        where T : notnull => service.InStoreAsync(workspace, async session =>
    {
        session.Store(documents);
        await session.SaveChangesAsync();
        return true;
    });
}
