using System.Globalization;
using AutoDev.Contracts.Governance;
using AutoDev.Testing;

namespace AutoDev.Governance.Tests.Spend;

public sealed class SpendTests(GovernanceService service)
{
    const string Queue = "governance-record-spend";

    [Fact]
    public async Task What_models_cost_is_summed_by_day_by_subject_and_for_the_workspace_each_call_once()
    {
        await OneDay.BeginAsync();
        var workspace = await service.WorkspaceAsync();
        var today = DateTimeOffset.UtcNow;
        var first = Spent(workspace, "candidate:1", today, 0.25m);
        await service.PublishTwiceAsync(first);
        await service.PublishAsync(first); // another message about the same call
        await service.PublishAsync(Spent(workspace, "candidate:1", today.AddSeconds(1), 0.5m) with { IsEstimate = true });
        await service.PublishAsync(Spent(workspace, "mutation:1", today.AddSeconds(2), 0.000001m) with { Capability = "alpha_evolver", Model = "small" });
        await service.PublishAsync(Spent(workspace, "candidate:0", today.AddDays(-1), 3m));
        await service.HandledAsync(Queue, workspace, 6);

        var view = await service.GetAsync($"/workspaces/{workspace}/spend");
        Assert.Equal((5m, 4.249999m), (view.GetProperty("cap").GetDecimal(), view.GetProperty("remaining").GetDecimal()));
        Assert.Equal((3, 0.750001m, 300), (view.GetProperty("today").GetProperty("calls").GetInt32(), view.GetProperty("today").GetProperty("cost")
            .GetDecimal(), view.GetProperty("today").GetProperty("input_tokens").GetInt32()));
        Assert.Equal((4, 3.750001m), (view.GetProperty("total").GetProperty("calls").GetInt32(), view.GetProperty("total").GetProperty("cost").GetDecimal()));
        Assert.Equal([today.UtcDateTime, today.UtcDateTime.AddDays(-1)],
            view.GetProperty("days").EnumerateArray()
                .Select(d => DateTime.ParseExact(d.GetProperty("day").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture)), (a, b) => a.Date == b.Date);
        Assert.Equal(TimeSpan.Zero, view.GetProperty("resets_at").GetDateTimeOffset().TimeOfDay);

        Assert.Equal(0.75m, (await service.GetAsync($"/workspaces/{workspace}/spend/subjects/candidate:1")).GetProperty("cost").GetDecimal());
        Assert.Equal(0m, (await service.GetAsync($"/workspaces/{workspace}/spend/subjects/candidate:2")).GetProperty("cost").GetDecimal());
        var calls = (await service.GetAsync($"/workspaces/{workspace}/spend/calls")).GetProperty("items");
        Assert.Equal(["mutation:1", "candidate:1", "candidate:1", "candidate:0"], calls.EnumerateArray().Select(c => c.GetProperty("subject").GetString()));
        Assert.True(calls[1].GetProperty("is_estimate").GetBoolean());
        Assert.Single((await service.GetAsync($"/workspaces/{workspace}/spend/calls?model=small")).GetProperty("items").EnumerateArray());
        var page = await service.GetAsync($"/workspaces/{workspace}/spend/calls?limit=3&day={today:yyyy-MM-dd}");
        Assert.Equal((3, System.Text.Json.JsonValueKind.Null), (page.GetProperty("items").GetArrayLength(), page.GetProperty("next").ValueKind));
    }

    static ModelSpent Spent(string workspace, string subject, DateTimeOffset at, decimal cost) => new()
    {
        WorkspaceId = workspace, SpendId = Guid.NewGuid(), Subject = subject, AgentId = "bot", Capability = "memento_skills", Model = "large",
        Day = at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), InputTokens = 100, OutputTokens = 10, Cost = cost, SpentAt = at,
    };
}
