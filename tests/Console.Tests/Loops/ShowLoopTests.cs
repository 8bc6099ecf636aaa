using AutoDev.OperatorConsole.Activities;
using AutoDev.OperatorConsole.Loops;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Loops;

public sealed class ShowLoopTests(ConsoleService console)
{
    [Fact]
    public async Task A_loop_holds_the_earlier_failures_of_its_pattern_and_what_was_decided_later_and_nothing_else()
    {
        var (workspace, other) = (await console.WorkspaceAsync(), await console.WorkspaceAsync());
        var said = Said.In(workspace);
        await console.PublishAsync(said.Failed("first"));
        await console.PublishAsync(said.Failed("second", seconds: 1));
        await console.PublishAsync(said.Failed("of another task", seconds: 2));
        await console.PublishAsync(said.Detected("first", "second"));
        await console.PublishAsync(said.Proposed());
        await console.PublishAsync(said.Ran());
        await console.PublishAsync(said.Validated());
        await console.PublishAsync(said.Approved());
        await console.PublishAsync(said.Published());
        await console.PublishAsync((said with { Workspace = other }).Failed("first"));
        await Eventually.IsTrueAsync("all entries", async () => (await Activity(workspace)).Count == 10 && (await Activity(other)).Count == 2);

        // Each of these messages had a conversation of its own; from any of them the loop is the same.
        foreach (var start in new[] { "SkillPublished", "FailurePatternDetected", "SkillCandidateValidated" })
        {
            var conversation = (await Activity(workspace)).Single(e => e.Message == start).ConversationId;
            var loop = await console.GetAsync($"/api/console/workspaces/{workspace}/loops/{conversation}");
            Assert.Equal(
                ["EpisodeFailed", "EpisodeFailed", "FailurePatternDetected", "SkillCandidateProposed", "SandboxRunCompleted", "SkillCandidateValidated", "SkillCandidateApproved", "SkillPublished"],
                loop.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("message").GetString()!));
        }
    }

    [Fact]
    public async Task A_conversation_of_another_workspace_is_not_found()
    {
        var (mine, other) = (await console.WorkspaceAsync(), await console.WorkspaceAsync());
        await console.PublishAsync(Said.In(other).Failed("1"));
        var conversation = await Eventually.GetAsync("the entry", async () => (await Activity(other)).SingleOrDefault(e => e.Message == "EpisodeFailed")?.ConversationId?.ToString());

        using var found = await console.Admin.GetAsync(new Uri($"/api/console/workspaces/{other}/loops/{conversation}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var missing = await console.Admin.GetAsync(new Uri($"/api/console/workspaces/{mine}/loops/{conversation}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, found.StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public void Entries_of_one_instant_stand_in_the_order_of_the_loop()
    {
        ActivityEntry[] entries = [Entry("SkillPublished"), Entry("SkillCandidateApproved"), Entry("EpisodeFailed"), Entry("FailurePatternDetected")];
        Assert.Equal(["EpisodeFailed", "FailurePatternDetected", "SkillCandidateApproved", "SkillPublished"], ShowLoop.InOrder(entries).Select(e => e.Message));

        static ActivityEntry Entry(string message) => new() { Id = message, At = Said.Noon, Service = "s", Message = message, Words = "", Tone = Tone.Neutral };
    }

    Task<IReadOnlyList<ActivityEntry>> Activity(string workspace) =>
        console.InStoreAsync(workspace, async s => await Marten.QueryableExtensions.ToListAsync(s.Query<ActivityEntry>()));
}
