using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Reflection.Patterns;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

public sealed class LinkCandidateTests(ReflectionService reflection) : IClassFixture<ReflectionService>
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_episode_and_its_pattern_lead_to_the_candidate_and_the_skill_however_the_news_is_ordered()
    {
        var patterns = await reflection.ListenAsync<FailurePatternDetected>();
        var workspace = await reflection.WorkspaceAsync();
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "1"));
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "2"));
        var fired = await patterns.WaitAsync(p => p.WorkspaceId == workspace);
        await reflection.IngestAsync("episode.failed", ReflectionService.Failure(workspace, "late"));
        await Eventually.IsTrueAsync("the late one to join", async () => (await Get($"/workspaces/{workspace}/patterns/{fired.PatternId}")).GetProperty("failures").GetInt32() == 3);

        var candidate = Guid.NewGuid();
        await reflection.PublishTwiceAsync(new SkillPublished
        {
            WorkspaceId = workspace, SkillName = "extract_invoice_id", Version = "1.0.0", CandidateId = candidate, Description = "d", FunctionName = "f", Source = "s",
            PublishedBy = "grace", PublishedAt = Noon.AddHours(2),
        });
        await Eventually.IsTrueAsync("the publication", () => reflection.InStoreAsync(workspace, async s => (await s.LoadAsync<LearnedCandidate>(candidate, Cancellation))?.Version == "1.0.0"));
        await reflection.PublishTwiceAsync(new SkillCandidateApproved
        {
            WorkspaceId = workspace, CandidateId = candidate, PatternId = fired.PatternId, AgentId = "ada", SkillName = "extract_invoice_id", ApprovedBy = "grace", ApprovedAt = Noon.AddHours(2),
        });
        await Eventually.IsTrueAsync("the approval", async () => (await Get($"/workspaces/{workspace}/patterns/{fired.PatternId}")).GetProperty("candidates").GetArrayLength() == 1);
        await reflection.PublishTwiceAsync(new SkillCandidateProposed
        {
            WorkspaceId = workspace, CandidateId = candidate, PatternId = fired.PatternId, AgentId = "ada", SkillName = "extract_invoice_id", Generator = "by-example", ProposedAt = Noon,
        });
        await Eventually.IsTrueAsync("the queue to be empty", async () => await reflection.Installation.CountAsync("reflection-link-candidate") == 0);

        foreach (var path in new[] { $"/workspaces/{workspace}/patterns/{fired.PatternId}", $"/workspaces/{workspace}/episodes/1", $"/workspaces/{workspace}/episodes/2" })
        {
            var link = Assert.Single((await Get(path)).GetProperty("candidates").EnumerateArray());
            Assert.Equal(candidate, link.GetProperty("candidate_id").GetGuid());
            Assert.Equal("approved", link.GetProperty("stage").GetString());
            Assert.Equal("extract_invoice_id", link.GetProperty("skill_name").GetString());
            Assert.Equal("1.0.0", link.GetProperty("version").GetString());
        }

        Assert.Equal(0, (await Get($"/workspaces/{workspace}/episodes/late")).GetProperty("candidates").GetArrayLength());
    }

    [Fact]
    public void A_candidate_never_goes_back_but_a_new_example_may_still_prove_a_validated_one_wrong()
    {
        var proposed = new LearnedCandidate { Id = Guid.NewGuid() }.Reached(CandidateStage.Proposed, "f", Noon);
        var validated = proposed.Reached(CandidateStage.Validated, "f", Noon.AddMinutes(1));
        var wrong = validated.Reached(CandidateStage.ValidationFailed, "f", Noon.AddMinutes(2), "a new example");

        Assert.Equal(CandidateStage.ValidationFailed, wrong.Stage);
        Assert.Equal("a new example", wrong.Reason);
        Assert.Equal(wrong, wrong.Reached(CandidateStage.Validated, "f", Noon.AddMinutes(1)));
        Assert.Equal(validated, validated.Reached(CandidateStage.Proposed, "f", Noon));
        var approved = validated.Reached(CandidateStage.Approved, "f", Noon.AddMinutes(3));
        Assert.Equal(approved, approved.Reached(CandidateStage.ValidationFailed, "f", Noon.AddMinutes(4), "too late"));
    }

    Task<JsonElement> Get(string path) => reflection.Admin.GetFromJsonAsync<JsonElement>(path, Cancellation);
}
