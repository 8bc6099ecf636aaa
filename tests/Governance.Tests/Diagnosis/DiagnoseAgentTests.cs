using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Diagnosis;

namespace AutoDev.Governance.Tests.Diagnosis;

/// <summary>
/// The six cases of the guide with every service real: tests/Loop.Tests/DiagnosisTests.cs. Here: which cause goes first, and what Governance knows alone.
/// </summary>
public sealed class DiagnoseAgentTests(GovernanceService service)
{
    static readonly DateTimeOffset Now = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Where_nothing_is_in_the_way_there_is_no_cause()
    {
        var diagnosis = DiagnoseAgent.Decide(Healthy());

        Assert.Equal((null, "Nothing is in the way."), (diagnosis.Cause, diagnosis.Summary));
        Assert.All(diagnosis.Questions, q => Assert.Equal((q.Question, "ok"), (q.Question, q.State)));
        Assert.Equal(
            ["enabled", "capability", "maturity", "failures", "pattern", "quota", "spend", "generator", "sandbox", "security", "validation", "review",
                "signals", "graduation"],
            diagnosis.Questions.Select(q => q.Question));
    }

    [Fact]
    public void What_blocks_goes_before_what_waits_and_the_earlier_in_the_loop_before_the_later()
    {
        var waits = Healthy() with { Candidates = Of(Candidate("validated")) };
        Assert.Equal("review", DiagnoseAgent.Decide(waits).Cause);
        var blocks = waits with { Usage = Usage(used: 5) };
        Assert.Equal("quota", DiagnoseAgent.Decide(blocks).Cause);
        Assert.Equal("maturity", DiagnoseAgent.Decide(blocks with { Agent = Bot(Maturity.Student) }).Cause);
        Assert.Equal("enabled", DiagnoseAgent.Decide(blocks with { Agent = Bot(Maturity.Student), Settings = new() }).Cause);
    }

    [Theory]
    [InlineData("open", 1, "blocks")]
    [InlineData("open", 2, "ok")]
    [InlineData("fired", 2, "ok")]
    [InlineData("generating", 2, "ok")]
    [InlineData("retry", 2, "ok")]
    [InlineData("resolved", 2, "ok")]
    [InlineData("dismissed", 2, "blocks")]
    public void A_pattern_blocks_while_it_has_too_few_failures_or_was_dismissed(string state, int failures, string expected) =>
        Assert.Equal(expected, Answer(Healthy() with { Patterns = Of(Pattern(state, failures)) }, "pattern").State);

    [Theory]
    [InlineData("generation_failed", "generator")]
    [InlineData("generating", "generator")]
    [InlineData("proposed", "validation")]
    [InlineData("validation_failed", "validation")]
    [InlineData("validated", "review")]
    [InlineData("rejected", "review")]
    [InlineData("promoted", null)]
    public void The_newest_candidate_says_where_it_stands(string status, string? cause)
    {
        var candidate = Candidate(status);
        var checks = new ChecksTold(candidate.Id, status, status == "validation_failed" ? [new("held_out", "failed", "1 of 2 answers are wrong")] : []);

        Assert.Equal(cause, DiagnoseAgent.Decide(Healthy() with { Candidates = Of(candidate), Newest = new(checks, null) }).Cause);
    }

    [Fact]
    public void Unsafe_code_is_told_before_other_checks_that_failed_with_it()
    {
        var candidate = Candidate("validation_failed");
        var checks = new ChecksTold(candidate.Id, candidate.Status,
            [new("held_out", "failed", "wrong"), new("security_scan", "failed", "line 2: a key stands in the source")]);

        var diagnosis = DiagnoseAgent.Decide(Healthy() with { Candidates = Of(candidate), Newest = new(checks, null) });

        Assert.Equal("security", diagnosis.Cause);
        Assert.Equal(["security_scan: line 2: a key stands in the source"], diagnosis.Questions.Single(q => q.Question == "security").Facts);
    }

    [Fact]
    public void A_service_that_does_not_answer_hides_nothing_but_its_own_part()
    {
        var away = Healthy() with { Engine = new(null, "sandboxrunner does not answer: refused"), Usage = Usage(used: 5) };

        var diagnosis = DiagnoseAgent.Decide(away);

        Assert.Equal(("quota", "No: the daily limit is exceeded, 5 of 5 are used. Not known: sandbox."), (diagnosis.Cause, diagnosis.Summary));
        Assert.Equal("Unknown: sandboxrunner does not answer: refused", Answer(away, "sandbox").Answer);
    }

    [Theory]
    [InlineData(30, 10, 0.9, "waits")]
    [InlineData(30, 0, 0.8, "waits")]
    [InlineData(30, 0, null, "waits")]
    [InlineData(24, 10, 0.5, "ok")]
    public void An_agent_is_stuck_when_more_episodes_alone_do_not_help(int episodes, int interventions, double? score, string expected)
    {
        var evidence = Enumerable.Range(0, episodes).Aggregate(new Evidence(), (e, i) => e.With(i < interventions ? 1 : 0, score));

        Assert.Equal(expected, Answer(Healthy() with { Agent = Bot(Maturity.Intern) with { Evidence = evidence } }, "graduation").State);
    }

    [Fact]
    public async Task Alone_Governance_still_says_what_it_knows_and_names_who_does_not_answer()
    {
        var workspace = await service.WorkspaceAsync();
        using var patched = await service.Admin.PatchAsJsonAsync(
            $"/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        using var put = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/a%2Fb", new { maturity = "INTERN", reason = "test" });

        var diagnosis = await service.GetAsync($"/workspaces/{workspace}/agents/a%2Fb/diagnosis");

        Assert.Equal(("a/b", JsonValueKind.Null), (diagnosis.GetProperty("agent_id").GetString(), diagnosis.GetProperty("cause").ValueKind));
        var states = diagnosis.GetProperty("questions").EnumerateArray().ToDictionary(q => q.GetProperty("question").GetString()!, q => q);
        Assert.All(new[] { "enabled", "capability", "maturity" }, q => Assert.Equal("ok", states[q].GetProperty("state").GetString()));
        Assert.All(new[] { ("failures", "reflection"), ("quota", "memento"), ("sandbox", "sandboxrunner"), ("signals", "memento") },
            q => Assert.StartsWith($"Unknown: {q.Item2} does not answer", states[q.Item1].GetProperty("answer").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_capability_that_does_not_exist_is_a_bad_request()
    {
        using var answer = await service.Admin.GetAsync($"/workspaces/{await service.WorkspaceAsync()}/agents/a/diagnosis?capability=flying");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public void What_was_refused_over_money_today_blocks()
    {
        var refused = Healthy() with { RefusedOverMoney =
            [new("candidate:1", "large has no price in model_prices: give it one, 0 where it costs nothing.", Now)] };
        Assert.Equal("spend", DiagnoseAgent.Decide(refused).Cause);
        Assert.Contains("model_prices", Answer(refused, "spend").Answer, StringComparison.Ordinal);
    }

    static DiagnosisFacts Healthy() => new()
    {
        AgentId = "bot", Capability = Capability.MementoSkills, Settings = new() { Enabled = true }, Agent = Bot(Maturity.Intern), Now = Now,
        Failures = Of(new EpisodeTold("1", "task", Now)), Patterns = Of(Pattern("resolved", 2)), Candidates = Of<CandidateTold>(), Usage = Usage(used: 1),
        Generator = new(new("by-example", 5, 0), null), Engine = new(new(true, null, null, 0, 0, null, 60, 256), null), Pending = Of<ScoreTold>(),
            Waiting = Of<ScoreTold>(),
    };

    static Agent Bot(Maturity maturity) => Agent.Register("w", "bot", maturity, "test", "test", Now);

    static PatternTold Pattern(string state, int failures) => new(Guid.Empty, "task", state, failures, Now, 1, null, null);

    static CandidateTold Candidate(string status) => new(Guid.NewGuid(), status, "skill", null, null, Now);

    static Told<UsageTold> Usage(int used) => new(new(Now.AddHours(12), [new("memento_skills", used, 5)], new(0, 0, 0, 5, 5)), null);

    static Told<ListOf<T>> Of<T>(params T[] items) => new(new(items), null);

    static Finding Answer(DiagnosisFacts facts, string question) => DiagnoseAgent.Decide(facts).Questions.Single(q => q.Question == question);
}
