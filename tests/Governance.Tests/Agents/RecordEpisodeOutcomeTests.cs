using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Testing;

namespace AutoDev.Governance.Tests.Agents;

public sealed class RecordEpisodeOutcomeTests(GovernanceService service)
{
    const string Queue = "governance-record-episode-outcome";

    [Fact]
    public async Task The_first_episode_registers_a_student_and_an_episode_counts_once_however_often_it_is_said()
    {
        var workspace = await service.WorkspaceAsync();
        var maturities = await service.ListenAsync<AgentMaturityChanged>();

        await service.PublishTwiceAsync(Failed(workspace, "e1", interventions: 2));
        await service.PublishAsync(Failed(workspace, "e1", interventions: 2));
        await service.PublishTwiceAsync(Succeeded(workspace, "e2", score: 0.5));
        await service.PublishAsync(Succeeded(workspace, "e2", score: 0.5));
        await service.HandledAsync(Queue, workspace, count: 6);

        var agent = await service.GetAsync($"/workspaces/{workspace}/agents/bot");
        Assert.Equal("STUDENT", agent.GetProperty("maturity").GetString());
        var evidence = agent.GetProperty("evidence");
        Assert.Equal(2, evidence.GetProperty("episodes").GetInt32());
        Assert.Equal(1, evidence.GetProperty("episodes_with_intervention").GetInt32());
        Assert.Equal(0.5, evidence.GetProperty("constitutional_score").GetDouble());
        var said = await maturities.WaitAsync(m => m.WorkspaceId == workspace);
        Assert.Equal((1, Maturity.Student, null, "registration"), (said.Version, said.Maturity, said.Previous, said.ChangedBy));
        Assert.Single(maturities.Messages, m => m.WorkspaceId == workspace);
    }

    [Fact]
    public async Task Ten_clean_episodes_at_once_make_an_intern_once_and_announce_the_capability_once()
    {
        var workspace = await service.WorkspaceAsync();
        var maturities = await service.ListenAsync<AgentMaturityChanged>();
        var unlocks = await service.ListenAsync<CapabilityUnlocked>();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => service.PublishTwiceAsync(Succeeded(workspace, $"e{i}", score: 0.9))));
        await service.HandledAsync(Queue, workspace, count: 20);
        await maturities.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 2);
        await unlocks.WaitAsync(u => u.WorkspaceId == workspace);

        var agent = await service.GetAsync($"/workspaces/{workspace}/agents/bot");
        Assert.Equal("INTERN", agent.GetProperty("maturity").GetString());
        Assert.Equal(10, agent.GetProperty("evidence").GetProperty("episodes").GetInt32());
        Assert.Equal("SUPERVISED", agent.GetProperty("readiness").GetProperty("next_level").GetString());
        Assert.Equal(
            ["maturity_changed", "agent_registered"],
            agent.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("action").GetString()));
        Assert.Equal([1, 2], maturities.Messages.Where(m => m.WorkspaceId == workspace).Select(m => m.Version).Order());
        Assert.Single(unlocks.Messages, u => u.WorkspaceId == workspace);

        var notification = Assert.Single((await service.GetAsync($"/workspaces/{workspace}/notifications")).GetProperty("items").EnumerateArray());
        Assert.Equal("auto_dev_capability_unlocked", notification.GetProperty("type").GetString());
        Assert.Equal("bot", notification.GetProperty("agent_id").GetString());
        Assert.Equal("auto_dev.memento_skills", notification.GetProperty("capability").GetString());
        Assert.Equal(
            "Agent has graduated to use Memento Skills. Enable it in Settings > Auto-Dev to activate.", notification.GetProperty("message").GetString());
        Assert.True(notification.GetProperty("action_required").GetBoolean());
    }

    [Fact]
    public async Task Of_two_agents_that_claim_one_episode_at_once_one_gets_it()
    {
        var workspace = await service.WorkspaceAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => service.PublishAsync(Succeeded(workspace, "e1", agent: $"bot{i}"))));
        await service.HandledAsync(Queue, workspace, count: 8);

        var agents = (await service.GetAsync($"/workspaces/{workspace}/agents")).GetProperty("items").EnumerateArray();
        Assert.Equal(1, Assert.Single(agents).GetProperty("evidence").GetProperty("episodes").GetInt32());
    }

    [Theory]
    [InlineData(null, "bot", 0.5, "There is no workspace")]
    [InlineData("known", "", 0.5, "names no agent")]
    [InlineData("known", "bot", 1.5, "from 0 to 1")]
    public async Task What_cannot_be_counted_goes_to_the_error_queue_with_its_reason(string? workspace, string agent, double score, string reason)
    {
        workspace = workspace is null ? $"unknown-{Guid.NewGuid():N}" : await service.WorkspaceAsync();

        await service.PublishAsync(Succeeded(workspace, "e1", agent, score));

        var letter = await Eventually.GetAsync("the dead letter", async () =>
            await service.Installation.TakeDeadLetterAsync(Queue) is { } found ? new { found.Body, found.Reason } : null);
        Assert.Contains(workspace, letter.Body, StringComparison.Ordinal);
        Assert.Contains(reason, letter.Reason, StringComparison.Ordinal);
    }

    static EpisodeSucceeded Succeeded(string workspace, string episode, string agent = "bot", double? score = null) => new()
    {
        WorkspaceId = workspace, EpisodeId = episode, AgentId = agent, TaskDescription = "Sort the post", RecordedAt = DateTimeOffset.UtcNow, ConstitutionalScore = score,
    };

    static EpisodeFailed Failed(string workspace, string episode, int interventions) => new()
    {
        WorkspaceId = workspace, EpisodeId = episode, AgentId = "bot", TaskDescription = "Sort the post", Outcome = "failure",
        RecordedAt = DateTimeOffset.UtcNow, HumanInterventions = interventions,
    };
}
