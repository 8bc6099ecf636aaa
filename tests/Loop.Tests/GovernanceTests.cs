using System.Net;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>What Governance knows of the others, and they of it, across processes.</summary>
[Collection("live system")]
public sealed class GovernanceTests(LiveSystem system)
{
    const string Agent = "clerk";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_a_person_decides_in_any_service_is_in_the_audit_log_with_before_and_after()
    {
        var workspace = await WorkspaceAsync();
        await FailAsync(workspace, "Write the name in capitals", expected: true);
        var validated = await system.CandidateAsync(workspace, "validated");
        await ReviewAsync(workspace, validated, "reject", "too narrow");
        await system.SendAsync(HttpMethod.Post, $"api/memento/workspaces/{workspace}/candidates/{validated}/regenerate", new { reason = "once more" });
        var second = await system.CandidateAsync(workspace, "validated");
        await ReviewAsync(workspace, second, "approve", "proven");
        await Eventually.IsTrueAsync("its score", async () =>
            (await system.ItemsAsync($"api/fitness/workspaces/{workspace}/scores?status=pending")).Any(s => Text(s, "subject") == $"candidate:{second}"));
        await system.SendAsync(HttpMethod.Post, $"api/fitness/workspaces/{workspace}/scores/candidate:{second}/evaluate");
        await FailAsync(workspace, "Guess what nobody knows", expected: false);
        var pattern = await PatternAsync(workspace, "Guess what nobody knows", "retry");
        await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/patterns/{pattern}/retry?reason=patience");
        await PatternAsync(workspace, "Guess what nobody knows", "retry");
        await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/patterns/{pattern}/dismiss?reason=hopeless");

        await DecidedAsync(workspace, "candidate_rejected", $"candidate:{validated}", "too narrow", ("status", "validated", "rejected"));
        await DecidedAsync(workspace, "candidate_regenerated", $"candidate:{validated}", "once more", ("successor", null, second));
        await DecidedAsync(workspace, "candidate_approved", $"candidate:{second}", "proven", ("status", "validated", "promoted"));
        await DecidedAsync(workspace, "score_evaluated", $"candidate:{second}", null, ("status", "pending", "evaluated"));
        await DecidedAsync(workspace, "pattern_retried", $"pattern:{pattern}", "patience", ("state", "retry", "fired"));
        await DecidedAsync(workspace, "pattern_dismissed", $"pattern:{pattern}", "hopeless", ("state", "retry", "dismissed"));
        Assert.Equal(6, (await AuditAsync(workspace, "actor=admin")).Count(e => Text(e, "subject") is not ("settings" or $"agent:{Agent}")));
    }

    [Fact]
    public async Task A_service_that_was_away_hears_what_was_decided_meanwhile_and_one_whose_copies_were_lost_gets_them_again()
    {
        var workspace = await WorkspaceAsync();
        await system.KillAsync("memento");
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new { max_skill_candidates_per_day = 7 });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{Agent}/maturity",
            new { maturity = "STUDENT", reason = "set back" });
        system.Start("memento");
        await system.ReadyAsync("memento");
        await Eventually.IsTrueAsync("Memento to know the new limit", async () => await LimitAsync(workspace) == 7);

        // The database comes back from before the workspace was made.
        Assert.NotEqual(0, await system.InDatabaseAsync("memento", $"delete from mt_doc_workspacereplica where tenant_id = '{workspace}'"));
        Assert.NotEqual(0, await system.InDatabaseAsync("memento", $"delete from mt_doc_agentreplica where tenant_id = '{workspace}'"));
        Assert.Null(await LimitAsync(workspace));
        await system.SendAsync(HttpMethod.Post, "api/governance/restate?reason=backup");
        await Eventually.IsTrueAsync("Memento to know the workspace again", async () => await LimitAsync(workspace) == 7);

        await Eventually.IsTrueAsync("Memento to know the maturity again, in its last version", async () => await system.InDatabaseAsync(
            "memento",
            $"update mt_doc_agentreplica set data = data where tenant_id = '{workspace}' and data ->> 'Version' = '2' and data ->> 'Maturity' = 'STUDENT'") == 1);
    }

    async Task DecidedAsync(string workspace, string kind, string subject, string? reason, (string Field, string? Before, string? After) change)
    {
        var entry = (JsonElement)await Eventually.GetAsync(
            $"the entry {kind}", async () => await AuditAsync(workspace, $"kind={kind}&subject={subject}") is [var only] ? (object)only : null);
        Assert.Equal(("admin", reason), (Text(entry, "actor"), Text(entry, "reason")));
        Assert.Equal((change.Before, change.After), (Text(entry.GetProperty("before"), change.Field), Text(entry.GetProperty("after"), change.Field)));
    }

    Task<List<JsonElement>> AuditAsync(string workspace, string query) => system.ItemsAsync($"api/governance/workspaces/{workspace}/audit?limit=200&{query}");

    async Task<int?> LimitAsync(string workspace)
    {
        using var answer = await system.Api.GetAsync(new Uri($"api/memento/workspaces/{workspace}/usage", UriKind.Relative), Cancellation);
        if (answer.StatusCode != HttpStatusCode.OK) return null;
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancellation)).GetProperty("limits")[0].GetProperty("limit").GetInt32();
    }

    async Task<string> WorkspaceAsync()
    {
        var workspace = $"gov-{Guid.NewGuid():N}"[..20];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}");
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string,
            object> { ["auto_dev.enabled"] = true });
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{Agent}", new { maturity = "INTERN", reason = "test" });
        await Eventually.IsTrueAsync("Memento to know the workspace", async () => await LimitAsync(workspace) is not null);
        await Eventually.IsTrueAsync("Reflection to know the workspace", async () =>
        {
            using var content = new StringContent("[]", System.Text.Encoding.UTF8, "application/json");
            using var answer = await system.Api.PostAsync(new Uri($"api/reflection/workspaces/{workspace}/episodes", UriKind.Relative), content, Cancellation);
            return answer.StatusCode == HttpStatusCode.BadRequest;
        });
        return workspace;
    }

    Task FailAsync(string workspace, string task, bool expected) => system.SendAsync(
        HttpMethod.Post, $"api/reflection/workspaces/{workspace}/episodes", "anna,bruno,carla,dmitri,elena,farid".Split(',')
            .Select(name => new Dictionary<string, object>
        {
            ["episode_id"] = $"{task} {name}", ["agent_id"] = Agent, ["outcome"] = "failure", ["task_description"] = task, ["input"] = new { name },
            ["expected_output"] = expected ? name.ToUpperInvariant() : $"{Guid.NewGuid()}",
        }));

    Task<string> PatternAsync(string workspace, string task, string state) => Eventually.GetAsync($"the pattern to be {state}", async () =>
        (await system.ItemsAsync($"api/reflection/workspaces/{workspace}/patterns?state={state}")).Where(p => Text(p, "task_description") == task)
            .Select(p => Text(p, "pattern_id")).FirstOrDefault());

    Task ReviewAsync(string workspace, string candidate, string decision, string reason) => system.ReviewAsync(workspace, candidate, decision, new { reason });

    static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
