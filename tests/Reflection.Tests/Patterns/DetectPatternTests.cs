using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.Testing;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

public sealed class DetectPatternTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_failure_of_the_same_task_fires_once_with_both_episodes()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();

        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "1001"));
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "1001")); // the agent repeats itself
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "1002", "Extract invoice IDs from a customer's e-mail"));

        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal(["1001", "1002"], fired.Episodes.Select(e => e.EpisodeId).Order());
        Assert.Equal("\"1002\"", fired.Episodes.Single(e => e.EpisodeId == "1002").ExpectedOutputJson);
        Assert.Equal(1, fired.Attempt);

        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "1003"));
        await Eventually.IsTrueAsync("the third failure to join", async () => (await Pattern(workspace)).GetProperty("failures").GetInt32() == 3);
        Assert.Single(patterns.Messages, p => p.WorkspaceId == workspace);
    }

    [Fact]
    public async Task A_redelivered_failure_counts_once()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();

        await Fail(workspace, "1");
        await Fail(workspace, "1");
        await Fail(workspace, "other", "Book a flight to Lisbon");
        await Eventually.IsTrueAsync("both tasks to be filed", async () => (await Patterns(workspace)).GetArrayLength() == 2);
        await Eventually.IsTrueAsync("the queue to be empty", async () => await reflection.Installation.CountAsync("reflection-record-episode") == 0);

        Assert.DoesNotContain(patterns.Messages, p => p.WorkspaceId == workspace);
        Assert.All((await Patterns(workspace)).EnumerateArray(), p => Assert.Equal(1, p.GetProperty("failures").GetInt32()));
    }

    [Fact]
    public async Task Different_tasks_are_different_patterns()
    {
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1", "Translate the contract into French");
        await Fail(workspace, "2", "Schedule a meeting with the sales team");
        await Eventually.IsTrueAsync("two patterns", async () => (await Patterns(workspace)).GetArrayLength() == 2);
    }

    [Fact]
    public async Task A_disabled_workspace_keeps_the_pattern_says_why_and_fires_when_it_is_enabled()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var refusals = await reflection.ListenAsync<GateRefused>();
        var workspace = await reflection.WorkspaceAsync(isEnabled: false);

        await Fail(workspace, "1");
        await Fail(workspace, "2");
        var refused = await refusals.WaitAsync(r => r.WorkspaceId == workspace);
        Assert.Equal("auto_dev_disabled", refused.Reason);
        Assert.DoesNotContain(patterns.Messages, p => p.WorkspaceId == workspace);

        await reflection.SettingsAsync(workspace, version: 2, isEnabled: true);
        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal(2, fired.Episodes.Count);
    }

    [Fact]
    public async Task What_is_just_being_refused_by_old_settings_fires_by_the_new_ones()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync(isEnabled: false);
        await using (var scope = reflection.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
            var failures = new[] { "1", "2" }.Select(id => new ReportedEpisode(workspace, new Episode
            {
                Id = id, AgentId = "ada", TaskDescription = "Book a flight to Lisbon", Outcome = Outcome.Failure, RecordedAt = DateTimeOffset.UtcNow,
            })).ToList();
            await scope.ServiceProvider.GetRequiredService<RecordEpisodes>().RecordAsync(failures, Cancellation);
            await reflection.SettingsAsync(workspace, version: 2, isEnabled: true);
            await Eventually.IsTrueAsync("the news to be waiting for this commit", () => reflection.InStoreAsync(workspace, async session =>
                (await session.AdvancedSql.QueryAsync<int>("select count(*)::int from pg_locks l join pg_database d on d.oid = l.database where locktype = 'advisory' and not granted and datname = current_database()", Cancellation))[0] > 0));
            await scope.ServiceProvider.GetRequiredService<IDocumentSession>().SaveChangesAsync(Cancellation);
        }

        Assert.Equal(2, (await patterns.WaitAsync(p => p.WorkspaceId == workspace)).Episodes.Count);
    }

    [Fact]
    public async Task A_student_learns_when_it_graduates()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var refusals = await reflection.ListenAsync<GateRefused>();
        var workspace = await reflection.WorkspaceAsync(maturity: Maturity.Student);

        await Fail(workspace, "1");
        await Fail(workspace, "2");
        Assert.Equal("maturity_too_low", (await refusals.WaitAsync(r => r.WorkspaceId == workspace)).Reason);

        await reflection.MaturityAsync(workspace, "ada", version: 2, Maturity.Intern);
        await patterns.WaitAsync(p => p.WorkspaceId == workspace);
    }

    [Fact]
    public async Task Twenty_failures_at_once_make_one_pattern_that_fires_once()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Fail(workspace, $"e{i}")));

        await Eventually.IsTrueAsync("all to join", async () => await Patterns(workspace) is var all && all.GetArrayLength() == 1 && all[0].GetProperty("failures").GetInt32() == 20);
        await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Single(patterns.Messages, p => p.WorkspaceId == workspace);
    }

    [Fact]
    public async Task A_failed_generation_fires_again_with_the_failures_that_came_meanwhile()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1");
        await Fail(workspace, "2");
        var first = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        await Fail(workspace, "3");
        await Eventually.IsTrueAsync("the third to join", async () => (await Pattern(workspace)).GetProperty("failures").GetInt32() == 3);

        await reflection.PublishTwiceAsync(GenerationFailed(first));

        var second = await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.Attempt == 2);
        Assert.Equal(3, second.Episodes.Count);
    }

    [Fact]
    public async Task A_failed_generation_without_news_waits_for_an_operator()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1");
        await Fail(workspace, "2");
        var first = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        await reflection.PublishAsync(GenerationFailed(first));
        await Eventually.IsTrueAsync("the state", async () => (await Pattern(workspace)).GetProperty("state").GetString() == "retry");

        var answer = await reflection.Admin.PostAsync(new Uri($"/workspaces/{workspace}/patterns/{first.PatternId}/retry", UriKind.Relative), null, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.Attempt == 2);
    }

    [Fact]
    public async Task A_refusal_by_facts_that_have_changed_meanwhile_does_not_hold()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1");
        await Fail(workspace, "2");
        var first = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        Assert.Equal((1, 1), (first.SettingsVersion, first.MaturityVersion));

        await reflection.PublishAsync(Refused(first, settingsVersion: 1));
        await Eventually.IsTrueAsync("it to wait", async () => (await Pattern(workspace)).GetProperty("state").GetString() == "open");
        await reflection.SettingsAsync(workspace, version: 2, isEnabled: true);
        var second = await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.Attempt == 2);

        await reflection.PublishTwiceAsync(Refused(second, settingsVersion: 1)); // by a service that had not heard of version 2
        Assert.Equal(2, (await patterns.WaitAsync(p => p.WorkspaceId == workspace && p.Attempt == 3)).SettingsVersion);
    }

    [Fact]
    public async Task An_approved_candidate_resolves_the_pattern_and_the_next_failure_begins_a_new_one()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await Fail(workspace, "1");
        await Fail(workspace, "2");
        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        await reflection.PublishTwiceAsync(new SkillCandidateApproved
        {
            WorkspaceId = workspace, CandidateId = Guid.NewGuid(), PatternId = fired.PatternId, AgentId = "ada", SkillName = "extract_invoice_id",
            ApprovedBy = "grace", ApprovedAt = DateTimeOffset.UtcNow,
        });
        await Eventually.IsTrueAsync("the state", async () => (await Pattern(workspace)).GetProperty("state").GetString() == "resolved");

        await Fail(workspace, "3");
        await Eventually.IsTrueAsync("a new pattern", async () => (await Patterns(workspace)).GetArrayLength() == 2);
    }

    Task Fail(string workspace, string episode, string task = "Extract the invoice ID from customer e-mails") =>
        reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, episode, task));

    static SkillCandidateRefused Refused(FailurePatternDetected pattern, int settingsVersion) => new()
    {
        WorkspaceId = pattern.WorkspaceId, PatternId = pattern.PatternId, Attempt = pattern.Attempt, Reason = "auto_dev_disabled",
        SettingsVersion = settingsVersion, MaturityVersion = 1,
    };

    static SkillCandidateGenerationFailed GenerationFailed(FailurePatternDetected pattern) => new()
    {
        WorkspaceId = pattern.WorkspaceId, CandidateId = Guid.NewGuid(), PatternId = pattern.PatternId, AgentId = pattern.AgentId, SkillName = "extract_invoice_id",
        Reason = "no program found", FailedAt = DateTimeOffset.UtcNow,
    };

    async Task<JsonElement> Patterns(string workspace) =>
        (await reflection.Admin.GetFromJsonAsync<JsonElement>($"/workspaces/{workspace}/patterns", Cancellation)).GetProperty("items");

    async Task<JsonElement> Pattern(string workspace) => (await Patterns(workspace))[0];
}
