using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Governance.Tests.Audit;

public sealed class AuditTests(GovernanceService service)
{
    const string Queue = "governance-record-decision";
    static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_was_decided_in_another_service_is_one_entry_however_often_it_is_said()
    {
        var workspace = await service.WorkspaceAsync();
        var said = Decision(workspace, Noon) with { Reason = "proven", BeforeJson = """{"status":"validated"}""", AfterJson = """{"status":"promoted"}""" };
        await service.PublishTwiceAsync(said);
        await service.PublishAsync(said);
        await service.HandledAsync(Queue, workspace, 3);

        var entry = Assert.Single(await ListAsync(workspace, "kind=candidate_approved"));
        Assert.Equal(("anna", "candidate:1", "proven"), (Text(entry, "actor"), Text(entry, "subject"), Text(entry, "reason")));
        Assert.Equal(("validated", "promoted"), (Text(entry.GetProperty("before"), "status"), Text(entry.GetProperty("after"), "status")));
        Assert.Equal(Noon, entry.GetProperty("at").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_log_is_filtered_by_actor_subject_kind_and_time()
    {
        var workspace = await service.WorkspaceAsync();
        DecisionMade[] all =
        [
            Decision(workspace, Noon), Decision(workspace, Noon.AddHours(1)) with { Actor = "bert" },
                Decision(workspace, Noon.AddHours(2)) with { Subject = "candidate:2" },
            Decision(workspace, Noon.AddHours(3)) with { Action = "candidate_rejected" },
        ];
        foreach (var decision in all) await service.PublishAsync(decision);
        await service.HandledAsync(Queue, workspace, all.Length);

        Assert.Equal([12, 14, 15], await HoursAsync("actor=anna"));
        Assert.Equal([12, 13, 15], await HoursAsync("subject=candidate:1"));
        Assert.Equal([12, 13, 14], await HoursAsync("kind=candidate_approved"));
        Assert.Equal([13, 14], await HoursAsync("from=2026-03-04T13:00:00Z&to=2026-03-04T15:00:00Z"));
        Assert.Equal([13], await HoursAsync("from=2026-03-04T15:00:00%2B02:00&to=2026-03-04T13:30:00Z"));
        Assert.Equal([12], await HoursAsync("actor=anna&subject=candidate:1&kind=candidate_approved&to=2026-12-31T00:00:00Z"));
        Assert.Empty(await ListAsync(workspace, "actor=nobody"));
        using var wrong = await service.Admin.GetAsync($"/workspaces/{workspace}/audit?from=yesterday");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        async Task<List<int>> HoursAsync(string query) =>
            [.. (await ListAsync(workspace, query)).Where(e => Text(e, "actor") != "admin").Select(e => e.GetProperty("at").GetDateTimeOffset().Hour).Order()];
    }

    [Fact]
    public async Task Pages_by_cursor_hold_every_entry_once_in_the_order_of_time_though_they_came_in_another()
    {
        var workspace = await service.WorkspaceAsync();
        var all = Enumerable.Range(0, 7).Select(i => Decision(workspace, Noon.AddMinutes(i)) with { Subject = $"candidate:{i}" }).ToList();
        foreach (var decision in all.OrderBy(d => d.Subject[^1] % 3)) await service.PublishAsync(decision);
        await service.HandledAsync(Queue, workspace, all.Count);

        List<string> seen = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await service.GetAsync($"/workspaces/{workspace}/audit?actor=anna&limit=3&cursor={cursor}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => Text(e, "subject")!));
            cursor = Text(page, "next");
        }

        Assert.Equal(all.Select(d => d.Subject).Reverse(), seen);
    }

    [Fact]
    public async Task A_decision_about_the_whole_installation_is_for_its_administrators_only()
    {
        var decision = Decision("*", Noon) with { Subject = $"dead-letter:{Guid.NewGuid()}", Action = "letter_discarded" };
        await service.PublishAsync(decision);
        await service.HandledAsync(Queue, decision.Subject, 1);

        Assert.Single((await service.GetAsync($"/audit?subject={decision.Subject}")).GetProperty("items").EnumerateArray());
        var workspace = await service.WorkspaceAsync();
        using var admin = await service.ClientAsync(workspace, "admin");
        using var refused = await admin.GetAsync($"/audit?subject={decision.Subject}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Empty(await ListAsync(workspace, $"subject={decision.Subject}"));
    }

    [Fact]
    public async Task What_Governance_itself_decides_is_in_the_same_log()
    {
        var workspace = await service.WorkspaceAsync();
        using var patched = await service.Admin.PatchAsJsonAsync(
            $"/workspaces/{workspace}/settings?reason=pilot", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        using var put = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/a", new { });
        using var raised = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/a/maturity", new { maturity = "INTERN", reason = "exam" });
        using var issued = await service.Admin.PostAsJsonAsync($"/workspaces/{workspace}/api-keys", new { name = "robot", role = "agent" });
        var key = Text(await GovernanceService.JsonAsync(issued), "key_id");
        using var revoked = await service.Admin.DeleteAsync($"/workspaces/{workspace}/api-keys/{key}?reason=lost");

        Assert.Equal(
            ["api_key_revoked", "api_key_issued", "maturity_changed", "agent_registered", "settings_changed", "workspace_created"],
            (await ListAsync(workspace, "actor=admin")).Select(e => Text(e, "action")));
        var raise = Assert.Single(await ListAsync(workspace, "kind=maturity_changed"));
        Assert.Equal(("STUDENT", "INTERN", "exam"),
            (Text(raise.GetProperty("before"), "maturity"), Text(raise.GetProperty("after"), "maturity"), Text(raise, "reason")));
    }

    [Theory]
    [InlineData("actor")]
    [InlineData("action")]
    [InlineData("subject")]
    [InlineData("json")]
    [InlineData("id")]
    public void What_says_too_little_is_refused(string what)
    {
        var said = Decision("w", Noon);
        said = what switch
        {
            "actor" => said with { Actor = " " },
            "action" => said with { Action = "" },
            "subject" => said with { Subject = "" },
            "json" => said with { BeforeJson = "{" },
            _ => said with { DecisionId = Guid.NewGuid() },
        };
        Assert.Throws<InvalidMessageException>(() => RecordDecisionConsumer.Entry(said));
    }

    static DecisionMade Decision(string workspace, DateTimeOffset at) => new()
    {
        WorkspaceId = workspace, DecisionId = Guid.CreateVersion7(at), Actor = "anna", Action = "candidate_approved", Subject = "candidate:1", DecidedAt = at,
    };

    async Task<List<JsonElement>> ListAsync(string workspace, string query) =>
        [.. (await service.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/workspaces/{workspace}/audit?{query}"))).GetProperty("items")
            .EnumerateArray()];

    static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();
}
