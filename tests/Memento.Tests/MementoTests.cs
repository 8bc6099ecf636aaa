using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Memento.Tests;

/// <summary>The consumers and endpoints, on a real broker and a real database.</summary>
public sealed class MementoTests(MementoFixture memento) : IClassFixture<MementoFixture>
{
    [Fact]
    public async Task A_pattern_becomes_a_candidate_a_person_approves_it_and_agents_have_the_skill()
    {
        var workspace = await memento.WorkspaceAsync();
        var generate = await memento.ListenAsync<GenerateSkill>();
        var proposed = await memento.ListenAsync<SkillCandidateProposed>();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        var approved = await memento.ListenAsync<SkillCandidateApproved>();
        var published = await memento.ListenAsync<SkillPublished>();
        var pattern = MementoFixture.Pattern(workspace);
        await memento.PublishAsync(pattern);

        var said = await proposed.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal(("extract_invoice_id", "by-example", pattern.PatternId), (said.SkillName, said.Generator, said.PatternId));
        var run = await runs.WaitAsync(r => r.SubjectId == said.CandidateId);
        Assert.Contains("def extract_invoice_id(email: str) -> str", run.Source, StringComparison.Ordinal);
        Assert.Equal(pattern.Episodes.Select(e => e.InputJson).Order(StringComparer.Ordinal), run.Inputs.Take(6).Order(StringComparer.Ordinal));
        Assert.True(run.Inputs.Count > 10, "hostile inputs are tried as well");
        await memento.PublishAsync(MementoFixture.Answer(run));
        var passed = await validated.WaitAsync(v => v.CandidateId == said.CandidateId);
        Assert.Equal((2, 2), (passed.HeldOutPassed, passed.HeldOutTotal));

        var review = await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{said.CandidateId}"), Cancellation);
        var candidate = await JsonAsync(review);
        Assert.Equal("validated", Text(candidate, "status"));
        Assert.Equal("1.0.0", Text(candidate, "publishes_as"));
        Assert.Equal(run.Source, Text(candidate.GetProperty("code"), "source"));
        Assert.Equal(12, candidate.GetProperty("checks").GetArrayLength());
        var first = candidate.GetProperty("results")[0];
        Assert.Equal(("seen", "INV-1001", "INV-1001", true), (Text(first, "kind"), Text(first, "expected"), Text(first, "got"), first.GetProperty("correct").GetBoolean()));
        Assert.Equal(JsonValueKind.Object, candidate.GetProperty("pattern").GetProperty("episodes")[0].GetProperty("input").ValueKind);

        var answer = await ApproveAsync(memento.Admin, workspace, said.CandidateId, review.Headers.ETag);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var promoted = await JsonAsync(answer);
        Assert.Equal(("promoted", "1.0.0", "admin"), (Text(promoted, "status"), Text(promoted, "publishes_as"), Text(promoted.GetProperty("decision"), "by")));

        Assert.Equal("admin", (await approved.WaitAsync(a => a.CandidateId == said.CandidateId)).ApprovedBy);
        var skill = await published.ContextAsync(p => p.CandidateId == said.CandidateId);
        Assert.Equal((run.Source, "1.0.0", null), (skill.Message.Source, skill.Message.Version, skill.Message.ParentVersion));
        var loop = (await generate.ContextAsync(g => g.CandidateId == said.CandidateId)).ConversationId;
        Assert.NotNull(loop);
        Assert.Equal(loop, skill.ConversationId);

        var agent = await memento.ClientAsync(workspace, Roles.Agent, "agent");
        var source = await agent.GetAsync(Path($"/workspaces/{workspace}/skills/extract_invoice_id/source"), Cancellation);
        Assert.Equal(run.Source, await source.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(("text/x-python", "\"1.0.0\"", "1.0.0"), (source.Content.Headers.ContentType!.MediaType!, source.Headers.ETag!.Tag, source.Headers.GetValues("X-Skill-Version").Single()));
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/workspaces/{workspace}/skills/extract_invoice_id/source") { Headers = { IfNoneMatch = { source.Headers.ETag } } };
        Assert.Equal(HttpStatusCode.NotModified, (await agent.SendAsync(again, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_pattern_said_twice_or_in_other_words_makes_one_candidate_and_takes_one_place_in_the_quota()
    {
        await OneDay.BeginAsync();
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var proposed = await memento.ListenAsync<SkillCandidateProposed>();
        var pattern = MementoFixture.Pattern(workspace);
        await memento.PublishTwiceAsync(pattern);
        await memento.PublishAsync(pattern);
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        await memento.PublishTwiceAsync(new GenerateSkill { WorkspaceId = workspace, CandidateId = run.SubjectId });
        await proposed.WaitAsync(p => p.WorkspaceId == workspace);
        await DrainedAsync("memento-request-skill", "memento-generate-skill");

        Assert.Equal(1, await memento.InStoreAsync(workspace, s => s.Query<SkillCandidate>().CountAsync(Cancellation)));
        Assert.Equal(1, await UsedAsync(workspace));
        Assert.Single(runs.Messages, r => r.WorkspaceId == workspace);
        Assert.Single(proposed.Messages, p => p.WorkspaceId == workspace);
    }

    [Fact]
    public async Task The_split_of_the_examples_stays_when_the_pattern_is_said_again_with_its_episodes_in_another_order()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var pattern = MementoFixture.Pattern(workspace, examples: 9);
        await memento.PublishAsync(pattern);
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        var before = (await CandidateAsync(workspace, run.SubjectId)).Analysis;
        await memento.PublishTwiceAsync(pattern with { Episodes = [.. pattern.Episodes.Reverse()] });
        await memento.PublishAsync(MementoFixture.Answer(run));
        await DrainedAsync("memento-request-skill", "memento-validate-candidate");

        var after = await Eventually.GetAsync("the candidate to be validated", async () =>
            await CandidateAsync(workspace, run.SubjectId) is { Status: CandidateStatus.Validated } validated ? validated.Analysis : null);
        Assert.Equal(before.Seen, after.Seen);
        Assert.Equal(before.HeldOut, after.HeldOut);
        Assert.Equal(["episode-2", "episode-5", "episode-8"], after.HeldOut.Select(e => e.EpisodeId));
    }

    [Fact]
    public async Task The_sandboxs_answer_said_twice_or_with_another_id_judges_once()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        var failed = await memento.ListenAsync<SkillCandidateValidationFailed>();
        await memento.PublishAsync(MementoFixture.Pattern(workspace));
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        var answer = MementoFixture.Answer(run);
        await memento.PublishAsync(answer with { RequestedBy = "evolver", Status = "load_failed", Results = [] });
        await memento.PublishAsync(answer with { RunId = Guid.NewGuid(), Status = "load_failed", Results = [] });
        await memento.PublishTwiceAsync(answer);
        await validated.WaitAsync(v => v.CandidateId == run.SubjectId);
        await memento.PublishAsync(answer with { Status = "load_failed", Results = [] });
        await DrainedAsync("memento-validate-candidate");

        Assert.Single(validated.Messages, v => v.CandidateId == run.SubjectId);
        Assert.DoesNotContain(failed.Messages, f => f.CandidateId == run.SubjectId);
        Assert.Equal("validated", (await CandidateAsync(workspace, run.SubjectId)).Status);
    }

    [Theory]
    [InlineData(Maturity.Student, true, "maturity_too_low")]
    [InlineData(Maturity.Autonomous, false, "auto_dev_disabled")]
    public async Task A_refused_gate_stores_nothing_and_says_why(Maturity maturity, bool enabled, string reason)
    {
        var workspace = await memento.WorkspaceAsync(maturity: maturity, enabled: enabled);
        var refused = await memento.ListenAsync<SkillCandidateRefused>();
        var gates = await memento.ListenAsync<GateRefused>();
        var pattern = MementoFixture.Pattern(workspace);
        await memento.PublishTwiceAsync(pattern);

        var refusal = await refused.WaitAsync(r => r.PatternId == pattern.PatternId);
        Assert.Equal((reason, null, 1), (refusal.Reason, refusal.RetryAt, refusal.Attempt));
        var gate = await gates.WaitAsync(g => g.Subject == $"pattern:{pattern.PatternId}");
        Assert.Equal(("memento_skills", reason, MementoFixture.Agent), (gate.Capability, gate.Reason, gate.AgentId));
        await DrainedAsync("memento-request-skill");
        Assert.Single(refused.Messages, r => r.PatternId == pattern.PatternId);
        Assert.Equal(0, await memento.InStoreAsync(workspace, s => s.Query<SkillCandidate>().CountAsync(Cancellation)));
        Assert.Equal(0, await UsedAsync(workspace));
    }

    [Fact]
    public async Task Thirty_patterns_at_once_with_a_limit_of_five_make_five_candidates()
    {
        await OneDay.BeginAsync();
        var workspace = await memento.WorkspaceAsync(limit: 5);
        var refused = await memento.ListenAsync<SkillCandidateRefused>();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => memento.PublishAsync(MementoFixture.Pattern(workspace, expected: _ => null))));
        await Eventually.IsTrueAsync("25 refusals", () => Task.FromResult(refused.Messages.Count(r => r.WorkspaceId == workspace) == 25));

        Assert.Equal(5, await memento.InStoreAsync(workspace, s => s.Query<SkillCandidate>().CountAsync(Cancellation)));
        Assert.Equal(5, await UsedAsync(workspace));
        Assert.All(refused.Messages.Where(r => r.WorkspaceId == workspace), r =>
        {
            Assert.Equal("daily_limit_exceeded", r.Reason);
            Assert.Equal(TimeSpan.Zero, r.RetryAt!.Value.TimeOfDay);
            Assert.InRange(r.RetryAt.Value, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        });
    }

    [Fact]
    public async Task A_pattern_of_an_unknown_workspace_ends_in_the_error_queue_with_its_reason()
    {
        var pattern = MementoFixture.Pattern($"nowhere-{Guid.NewGuid():N}");
        await memento.PublishAsync(pattern);
        var letter = await Eventually.GetAsync("the dead letter", async () =>
            await memento.Installation.TakeDeadLetterAsync("memento-request-skill") is { } found ? found.Reason : null);
        Assert.Contains(pattern.WorkspaceId, letter, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_example_generation_fails_with_the_reason_and_can_be_tried_again_within_the_quota()
    {
        await OneDay.BeginAsync();
        var workspace = await memento.WorkspaceAsync(limit: 2);
        var failed = await memento.ListenAsync<SkillCandidateGenerationFailed>();
        var gates = await memento.ListenAsync<GateRefused>();
        var pattern = MementoFixture.Pattern(workspace, expected: _ => null);
        await memento.PublishAsync(pattern);
        var first = await failed.WaitAsync(f => f.PatternId == pattern.PatternId);
        Assert.Contains("expected output", first.Reason, StringComparison.Ordinal);

        var regenerate = Path($"/workspaces/{workspace}/candidates/{first.CandidateId}/regenerate");
        var accepted = await memento.Admin.PostAsJsonAsync(regenerate, new { reason = "try harder" }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var second = (await JsonAsync(accepted)).GetProperty("candidate_id").GetGuid();
        await failed.WaitAsync(f => f.CandidateId == second);
        var view = await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{second}"), Cancellation));
        Assert.Equal((first.CandidateId.ToString(), "try harder"), (Text(view, "predecessor_id"), Text(view, "guidance")));

        var repeat = await memento.Admin.PostAsync(regenerate, null, Cancellation);
        Assert.Equal((HttpStatusCode.Accepted, second), (repeat.StatusCode, (await JsonAsync(repeat)).GetProperty("candidate_id").GetGuid()));

        var exceeded = await memento.Admin.PostAsync(Path($"/workspaces/{workspace}/candidates/{second}/regenerate"), null, Cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, exceeded.StatusCode);
        Assert.InRange(exceeded.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        await gates.WaitAsync(g => g.Subject == $"candidate:{second}");
    }

    [Fact]
    public async Task A_candidate_that_fails_in_the_sandbox_says_on_what_and_cannot_be_approved()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var failed = await memento.ListenAsync<SkillCandidateValidationFailed>();
        await memento.PublishAsync(MementoFixture.Pattern(workspace));
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);

        // U+0000 is what PostgreSQL refuses in JSON.
        await memento.PublishAsync(MementoFixture.Answer(run, _ => new() { Ended = "exception", ExceptionType = "ValueError", Message = "a\0b", Traceback = "\0" }));
        var said = await failed.WaitAsync(f => f.CandidateId == run.SubjectId);
        Assert.Contains("never returns", said.Reason, StringComparison.Ordinal);

        var view = await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{run.SubjectId}"), Cancellation);
        var answer = await ApproveAsync(memento.Admin, workspace, run.SubjectId, view.Headers.ETag);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("validation_failed", Text(await JsonAsync(answer), "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_without_what_was_seen_or_on_what_has_changed_since_is_void()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        await memento.PublishAsync(MementoFixture.Pattern(workspace));
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        var seen = (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{run.SubjectId}"), Cancellation)).Headers.ETag;
        await memento.PublishAsync(MementoFixture.Answer(run));
        await validated.WaitAsync(v => v.CandidateId == run.SubjectId);

        Assert.Equal(HttpStatusCode.PreconditionRequired, (await ApproveAsync(memento.Admin, workspace, run.SubjectId, null)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ApproveAsync(memento.Admin, workspace, run.SubjectId, seen)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ApproveAsync(memento.Admin, workspace, run.SubjectId, EntityTagHeaderValue.Any)).StatusCode);
        Assert.Equal("validated", (await CandidateAsync(workspace, run.SubjectId)).Status);
        Assert.Equal(0, await memento.InStoreAsync(workspace, s => s.Query<Skill>().CountAsync(Cancellation)));
    }

    [Fact]
    public async Task Of_two_operators_at_once_one_wins_and_the_skill_is_published_once()
    {
        var workspace = await memento.WorkspaceAsync();
        var published = await memento.ListenAsync<SkillPublished>();
        var rejected = await memento.ListenAsync<SkillCandidateRejected>();
        var id = await memento.ValidatedAsync(workspace);
        var (anna, bob) = (await memento.ClientAsync(workspace, Roles.Operator, "anna"), await memento.ClientAsync(workspace, Roles.Operator, "bob"));
        var seen = (await anna.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}"), Cancellation)).Headers.ETag!;

        var answers = await Task.WhenAll(ApproveAsync(anna, workspace, id, seen), ApproveAsync(bob, workspace, id, seen), RejectAsync(bob, workspace, id, "no", seen));
        var winner = Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.All(answers.Where(a => a != winner), a => Assert.Equal(HttpStatusCode.PreconditionFailed, a.StatusCode));

        var (by, approved) = winner == answers[0] ? (anna, true) : (bob, winner == answers[1]);
        var repeat = approved ? await ApproveAsync(by, workspace, id, seen) : await RejectAsync(by, workspace, id, "no", seen);
        Assert.Equal(await winner.Content.ReadAsStringAsync(Cancellation), await repeat.Content.ReadAsStringAsync(Cancellation));
        await Eventually.IsTrueAsync("the decision to be told", () => Task.FromResult(published.Messages.Any(p => p.CandidateId == id) || rejected.Messages.Any(r => r.CandidateId == id)));
        Assert.Equal(approved ? 1 : 0, published.Messages.Count(p => p.CandidateId == id));
        Assert.Equal(approved ? 0 : 1, rejected.Messages.Count(r => r.CandidateId == id));
    }

    [Fact]
    public async Task Three_candidates_of_one_name_approved_at_once_become_three_versions_in_line()
    {
        var workspace = await memento.WorkspaceAsync();
        var published = await memento.ListenAsync<SkillPublished>();
        var ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => memento.ValidatedAsync(workspace)));
        await Task.WhenAll(ids.Select(async id => Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(memento.Admin, workspace, id, await ETagAsync(workspace, id))).StatusCode)));
        await Eventually.IsTrueAsync("three versions", () => Task.FromResult(published.Messages.Count(p => p.WorkspaceId == workspace) == 3));

        Assert.Equal(
            [("1.0.0", null), ("1.1.0", "1.0.0"), ("1.2.0", "1.1.0")],
            published.Messages.Where(p => p.WorkspaceId == workspace).Select(p => (p.Version, p.ParentVersion)).OrderBy(p => p.Version, StringComparer.Ordinal));
        var skill = await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/skills/extract_invoice_id"), Cancellation));
        Assert.Equal(("1.2.0", 3), (Text(skill, "current_version"), skill.GetProperty("versions").GetArrayLength()));
        var old = await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/skills/extract_invoice_id/versions/1.0.0"), Cancellation));
        Assert.Equal(("1.0.0", "extract_invoice_id"), (Text(old, "version"), Text(old, "function_name")));
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/skills/extract_invoice_id/versions/9.9.9"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_rejection_needs_a_reason_which_guides_the_next_candidate()
    {
        var workspace = await memento.WorkspaceAsync();
        var rejected = await memento.ListenAsync<SkillCandidateRejected>();
        var proposed = await memento.ListenAsync<SkillCandidateProposed>();
        var id = await memento.ValidatedAsync(workspace);
        Assert.Equal(HttpStatusCode.BadRequest, (await RejectAsync(memento.Admin, workspace, id, " ", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await RejectAsync(memento.Admin, workspace, id, "It must also find credit notes.", null)).StatusCode);
        Assert.Equal("It must also find credit notes.", (await rejected.WaitAsync(r => r.CandidateId == id)).Reason);

        var accepted = await memento.Admin.PostAsync(Path($"/workspaces/{workspace}/candidates/{id}/regenerate"), null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var successor = await proposed.ContextAsync(p => p.WorkspaceId == workspace && p.CandidateId != id);
        var candidate = await CandidateAsync(workspace, successor.Message.CandidateId);
        Assert.Equal((id, "It must also find credit notes."), (candidate.PredecessorId, candidate.Guidance));
        Assert.Equal(candidate.ConversationId, successor.ConversationId);
        Assert.Equal(candidate.Id, (await CandidateAsync(workspace, id)).SuccessorId);
    }

    [Fact]
    public async Task A_pattern_that_overtook_the_settings_waits_for_them()
    {
        var workspace = await memento.WorkspaceAsync(enabled: false);
        var proposed = await memento.ListenAsync<SkillCandidateProposed>();
        var refused = await memento.ListenAsync<SkillCandidateRefused>();
        await memento.PublishAsync(MementoFixture.Pattern(workspace) with { SettingsVersion = 2, MaturityVersion = 1 });
        await memento.PublishAsync(new WorkspaceSettingsChanged
        {
            WorkspaceId = workspace, Version = 2, Settings = new() { Enabled = true }, ChangedBy = "test", ChangedAt = DateTimeOffset.UtcNow,
        });

        await proposed.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.DoesNotContain(refused.Messages, r => r.WorkspaceId == workspace);
    }

    [Fact]
    public async Task A_later_failure_tests_the_waiting_candidate_and_makes_a_decision_on_what_was_shown_void()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        var id = await memento.ValidatedAsync(workspace);
        var shown = (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}"), Cancellation)).Headers.ETag;
        var pattern = (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(id)))!.PatternId;

        await memento.PublishTwiceAsync(Grew(workspace, pattern, "\"INV-9001\""));
        var again = await runs.WaitAsync(r => r.SubjectId == id && r.Inputs.Any(i => i.Contains("INV-9001", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ApproveAsync(memento.Admin, workspace, id, shown)).StatusCode);

        await memento.PublishAsync(MementoFixture.Answer(again));
        var passed = await validated.WaitAsync(v => v.CandidateId == id && v.HeldOutTotal == 3);
        Assert.Equal(3, passed.HeldOutPassed);
        Assert.Equal(2, runs.Messages.Count(r => r.SubjectId == id));
    }

    [Fact]
    public async Task A_later_failure_that_the_candidate_gets_wrong_ends_it_and_the_next_attempt_sees_it()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var failed = await memento.ListenAsync<SkillCandidateValidationFailed>();
        var id = await memento.ValidatedAsync(workspace);
        var candidate = (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(id)))!;

        await memento.PublishAsync(Grew(workspace, candidate.PatternId, "\"something else\""));
        await memento.PublishAsync(MementoFixture.Answer(await runs.WaitAsync(r => r.SubjectId == id && r.Inputs.Any(i => i.Contains("INV-9001", StringComparison.Ordinal)))));

        var refuted = await failed.WaitAsync(f => f.CandidateId == id);
        Assert.Equal(1, refuted.Counterexamples);
        Assert.Contains("held_out", refuted.Reason, StringComparison.Ordinal);
        candidate = (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(id)))!;
        Assert.Contains(candidate.MustBeSeenNext(), input => input.Contains("INV-9001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_that_comes_while_the_sandbox_is_at_work_is_tested_before_anybody_is_asked()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        var pattern = MementoFixture.Pattern(workspace);
        await memento.PublishAsync(pattern);
        var id = CandidateId.Of(pattern.PatternId, 1);
        var first = await runs.WaitAsync(r => r.SubjectId == id);

        await memento.PublishAsync(Grew(workspace, pattern.PatternId, "\"INV-9001\""));
        await Eventually.IsTrueAsync("the test to be noted", () => memento.InStoreAsync(workspace, async s => (await s.LoadAsync<SkillCandidate>(id))!.HasNewTests));
        await memento.PublishAsync(MementoFixture.Answer(first));
        await memento.PublishAsync(MementoFixture.Answer(await runs.WaitAsync(r => r.SubjectId == id && r.RunId != first.RunId)));

        Assert.Equal(3, (await validated.WaitAsync(v => v.CandidateId == id)).HeldOutTotal);
        Assert.Single(validated.Messages, v => v.CandidateId == id);
    }

    [Fact]
    public async Task An_operator_tries_inputs_of_their_own()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var id = await memento.ValidatedAsync(workspace);
        var test = Path($"/workspaces/{workspace}/candidates/{id}/test");
        var accepted = await memento.Admin.PostAsJsonAsync(test, new { inputs = new object[] { new { email = "about INV-5" }, new { email = "nothing" } } }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var testId = (await JsonAsync(accepted)).GetProperty("test_id").GetGuid();
        var run = await runs.WaitAsync(r => r.RunId == testId);
        Assert.Equal("running", Text(await JsonAsync(await memento.Admin.GetAsync(accepted.Headers.Location, Cancellation)), "status"));

        await memento.PublishTwiceAsync(MementoFixture.Answer(run));
        var done = await Eventually.GetAsync("the results", async () =>
            await JsonAsync(await memento.Admin.GetAsync(accepted.Headers.Location)) is var view && Text(view, "status") == "completed" ? view.GetRawText() : null);
        var results = JsonElement.Parse(done).GetProperty("results");
        Assert.Equal(("about INV-5", "INV-5"), (Text(results[0].GetProperty("input"), "email"), Text(results[0], "got")));
        Assert.Equal(("exception", "ValueError"), (Text(results[1], "ended"), Text(results[1], "exception_type")));
        Assert.Equal("validated", (await CandidateAsync(workspace, id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{Guid.NewGuid()}/tests/{testId}"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task An_operator_tries_a_version_in_the_catalog_and_nobody_takes_it_for_a_use()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var id = await memento.ValidatedAsync(workspace);
        var seen = await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}"), Cancellation);
        using (var approve = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{id}/approve") { Content = JsonContent.Create(new { }) })
        {
            approve.Headers.IfMatch.Add(seen.Headers.ETag!);
            (await memento.Admin.SendAsync(approve, Cancellation)).EnsureSuccessStatusCode();
        }

        var name = Text(await JsonAsync(seen), "skill_name")!;
        var version = $"/workspaces/{workspace}/skills/{name}/versions/1.0.0";
        Assert.True((await JsonAsync(await memento.Admin.GetAsync(Path(version), Cancellation))).GetProperty("input_schema").GetProperty("properties").TryGetProperty("email", out _));
        var accepted = await memento.Admin.PostAsJsonAsync(Path($"{version}/test"), new { inputs = new[] { new { email = "about INV-5" } } }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var testId = (await JsonAsync(accepted)).GetProperty("test_id").GetGuid();
        await memento.PublishTwiceAsync(MementoFixture.Answer(await runs.WaitAsync(r => r.RunId == testId)));
        var done = await Eventually.GetAsync("the results", async () =>
            await JsonAsync(await memento.Admin.GetAsync(accepted.Headers.Location)) is var view && Text(view, "status") == "completed" ? view.GetRawText() : null);
        Assert.Equal("INV-5", Text(JsonElement.Parse(done).GetProperty("results")[0], "got"));
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}/tests/{testId}"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path($"{version.Replace("1.0.0", "9.0.0", StringComparison.Ordinal)}/tests/{testId}"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.PostAsJsonAsync(
            Path($"/workspaces/{workspace}/skills/{name}/versions/9.0.0/test"), new { inputs = new[] { new { email = "x" } } }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.PostAsJsonAsync(Path($"{version}/test"), new { inputs = Array.Empty<object>() }, Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"inputs":[]}""")]
    [InlineData("""{"inputs":["text"]}""")]
    [InlineData("""{"inputs":[{"a":1},null]}""")]
    [InlineData("""{"inputs":[{"a":"\ud800"}]}""")]
    [InlineData("""{"inputs":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}""")]
    [InlineData("not json")]
    [InlineData("")]
    public async Task A_test_needs_one_to_twenty_objects(string body)
    {
        var workspace = await memento.WorkspaceAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await memento.Admin.PostAsync(Path($"/workspaces/{workspace}/candidates/{Guid.NewGuid()}/test"), content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("/problems/invalid-request", Text(await JsonAsync(answer), "type"));
    }

    [Fact]
    public async Task Lists_come_newest_first_in_pages_and_filtered()
    {
        var workspace = await memento.WorkspaceAsync();
        var failed = await memento.ListenAsync<SkillCandidateGenerationFailed>();
        var patterns = Enumerable.Range(0, 5).Select(_ => MementoFixture.Pattern(workspace, expected: _ => null)).ToList();
        foreach (var pattern in patterns) await memento.PublishAsync(pattern);
        await Eventually.IsTrueAsync("five candidates", () => Task.FromResult(failed.Messages.Count(f => f.WorkspaceId == workspace) == 5));

        var seen = new List<(DateTimeOffset At, string Pattern)>();
        string? cursor = null;
        do
        {
            var page = await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates?limit=2&cursor={cursor}"), Cancellation));
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(c => (c.GetProperty("created_at").GetDateTimeOffset(), Text(c, "pattern_id"))));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal(patterns.Select(p => p.PatternId.ToString()).Order(StringComparer.Ordinal), seen.Select(s => s.Pattern).Order(StringComparer.Ordinal));
        Assert.Equal(seen.Select(s => s.At).OrderDescending(), seen.Select(s => s.At));
        async Task<int> CountAsync(string filter) => (await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates?{filter}"), Cancellation))).GetProperty("items").GetArrayLength();
        Assert.Equal(5, await CountAsync($"status=generation_failed&agent={MementoFixture.Agent}"));
        Assert.Equal(0, await CountAsync("status=validated"));
        Assert.Equal(0, await CountAsync("agent=nobody"));
        Assert.Equal(1, await CountAsync($"pattern={patterns[3].PatternId}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates?status=approvd"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates?pattern=7"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates?agent=%00"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Skills_are_found_by_the_words_of_their_name_or_task()
    {
        var workspace = await memento.WorkspaceAsync();
        var id = await memento.ValidatedAsync(workspace);
        await ApproveAsync(memento.Admin, workspace, id, await ETagAsync(workspace, id));
        async Task<int> CountAsync(string query) =>
            (await JsonAsync(await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/skills?query={Uri.EscapeDataString(query)}"), Cancellation))).GetProperty("items").GetArrayLength();
        Assert.Equal(1, await CountAsync("INVOICE customer"));
        Assert.Equal(1, await CountAsync("extract_invoice_id"));
        Assert.Equal(1, await CountAsync(""));
        Assert.Equal(0, await CountAsync("invoice elephant"));
        Assert.Equal(0, await CountAsync("%"));
        Assert.Equal(0, await CountAsync("' or 1=1 --"));
    }

    [Fact]
    public async Task A_workspace_does_not_see_anothers_and_an_agent_does_not_review()
    {
        var (mine, other) = (await memento.WorkspaceAsync(), await memento.WorkspaceAsync());
        var id = await memento.ValidatedAsync(mine);
        var neighbour = await memento.ClientAsync(other, Roles.Operator, "neighbour");
        var agent = await memento.ClientAsync(mine, Roles.Agent, "agent");
        Assert.Equal(HttpStatusCode.Forbidden, (await neighbour.GetAsync(Path($"/workspaces/{mine}/candidates/{id}"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await neighbour.GetAsync(Path($"/workspaces/{other}/candidates/{id}"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await RejectAsync(neighbour, other, id, "not mine", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync(Path($"/workspaces/{mine}/candidates"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync(Path($"/workspaces/{mine}/skills"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await memento.ClientWithKey(null).GetAsync(Path($"/workspaces/{mine}/skills"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await memento.Admin.GetAsync(Path("/workspaces/nowhere/candidates"), Cancellation)).StatusCode);
    }

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static Uri Path(string path) => new(path, UriKind.Relative);

    static string Text(JsonElement json, string property) => json.GetProperty(property).GetString()!;

    static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));

    static async Task<HttpResponseMessage> ApproveAsync(HttpClient client, string workspace, Guid id, EntityTagHeaderValue? seen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{id}/approve");
        if (seen is not null) request.Headers.IfMatch.Add(seen);
        return await client.SendAsync(request, Cancellation);
    }

    static async Task<HttpResponseMessage> RejectAsync(HttpClient client, string workspace, Guid id, string reason, EntityTagHeaderValue? seen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{id}/reject") { Content = JsonContent.Create(new { reason }) };
        if (seen is not null) request.Headers.IfMatch.Add(seen);
        return await client.SendAsync(request, Cancellation);
    }

    async Task<EntityTagHeaderValue?> ETagAsync(string workspace, Guid id) => (await memento.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}"), Cancellation)).Headers.ETag;

    async Task<SkillCandidate> CandidateAsync(string workspace, Guid id) => (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(id, Cancellation)))!;

    async Task<int> UsedAsync(string workspace) =>
        (await memento.InStoreAsync(workspace, s => s.LoadAsync<DailyQuota>(DailyQuota.IdOf(Capability.MementoSkills, DateTimeOffset.UtcNow), Cancellation)))?.Used ?? 0;

    Task DrainedAsync(params string[] queues) => Eventually.IsTrueAsync("the queues to be empty", async () =>
    {
        var counts = await Task.WhenAll(queues.Select(memento.Installation.CountAsync));
        return counts.All(c => c == 0);
    });

    static FailurePatternGrew Grew(string workspace, Guid pattern, string expected) => new()
    {
        WorkspaceId = workspace, PatternId = pattern, Attempt = 1,
        Episodes = [new() { EpisodeId = "late", TaskDescription = MementoFixture.Task, InputJson = """{"email":"One more: INV-9001, please."}""", ExpectedOutputJson = expected }],
    };
}
