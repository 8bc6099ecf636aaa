using AutoDev.Contracts.Governance;
using AutoDev.Governance.Gates;

namespace AutoDev.Governance.Tests.Gates;

public sealed class RefusalsTests(GovernanceService service)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Refusals_are_counted_in_any_order()
    {
        var said = new[] { Refused("w", 3), Refused("w", 1), Refused("w", 2) };

        var refusals = said.Aggregate((Refusals?)null, Refusals.After)!;

        Assert.Equal((3, Noon.AddMinutes(1), Noon.AddMinutes(3)), (refusals.Count, refusals.FirstAt, refusals.LastAt));
        Assert.Equal(["pattern:3", "pattern:2", "pattern:1"], refusals.Recent.Select(r => r.Subject));
    }

    [Fact]
    public void However_many_there_are_only_the_last_are_kept()
    {
        var refusals = Enumerable.Range(0, 1000).Select(i => Refused("w", i)).Aggregate((Refusals?)null, Refusals.After)!;

        Assert.Equal(1000, refusals.Count);
        Assert.Equal(20, refusals.Recent.Count);
        Assert.Equal("pattern:999", refusals.Recent[0].Subject);
    }

    [Fact]
    public async Task Refusals_are_kept_per_agent_capability_and_reason_and_said_twice_count_once()
    {
        var workspace = await service.WorkspaceAsync();
        var other = Refused(workspace, 5) with { AgentId = "ada" };

        await service.PublishTwiceAsync(Refused(workspace, 1));
        await service.PublishAsync(Refused(workspace, 1)); // the same refusal in another message
        await service.PublishTwiceAsync(Refused(workspace, 2));
        await service.PublishTwiceAsync(Refused(workspace, 3) with { Reason = "maturity_too_low" });
        await service.PublishTwiceAsync(other);
        await service.HandledAsync("governance-record-refusal", workspace, count: 9);

        var bots = (await service.GetAsync($"/workspaces/{workspace}/refusals?agent=bot")).GetProperty("items").EnumerateArray();
        Assert.Equal([("maturity_too_low", 1), ("auto_dev_disabled", 2)], bots.Select(r => (r.GetProperty("reason").GetString(), r.GetProperty("count").GetInt32())));
        Assert.Equal(3, (await service.GetAsync($"/workspaces/{workspace}/refusals")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_list_pages_through_refusals_of_one_moment()
    {
        var workspace = await service.WorkspaceAsync();
        var moment = Noon.AddTicks(7); // finer than the database's precision
        foreach (var i in Enumerable.Range(0, 5)) await service.PublishAsync(Refused(workspace, 0) with { AgentId = $"bot{i}", RefusedAt = moment });
        await service.HandledAsync("governance-record-refusal", workspace, count: 5);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await service.GetAsync($"/workspaces/{workspace}/refusals?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("agent_id").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["bot4", "bot3", "bot2", "bot1", "bot0"], seen);
    }

    static GateRefused Refused(string workspace, int minute) => new()
    {
        WorkspaceId = workspace, AgentId = "bot", Capability = "memento_skills", Reason = "auto_dev_disabled", Detail = "Auto-Dev is disabled",
        Subject = $"pattern:{minute}", RefusedAt = Noon.AddMinutes(minute),
    };
}
