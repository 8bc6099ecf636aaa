using AutoDev.Contracts.Memento;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

[Collection(RunningMemento.Name)]
public sealed class RestateCandidatesTests(MementoFixture memento)
{
    const int MoreThanAPage = 55;

    [Fact]
    public async Task Whatever_nobody_has_decided_on_is_said_again_to_the_last_and_nothing_else()
    {
        var workspace = await memento.WorkspaceAsync();
        var now = DateTimeOffset.UtcNow;
        var waiting = Enumerable.Range(0, MoreThanAPage).Select(_ => MementoFixture.Validated(MementoFixture.Pattern(workspace))).ToList();
        var rejected = MementoFixture.Validated(MementoFixture.Pattern(workspace)).To(CandidateStatus.Rejected, now);
        var running = MementoFixture.Validated(MementoFixture.Pattern(workspace)).To(CandidateStatus.Proposed, now) with { Validation = null };
        await memento.StoreAsync(workspace, [.. waiting, rejected, running]);
        var said = await memento.ListenAsync<SkillCandidateRestated>();

        await memento.PublishAsync(new RestateCandidates { RequestedBy = "test" });

        await said.CountAsync(MoreThanAPage + 1, m => m.WorkspaceId == workspace);
        var mine = said.Messages.Where(m => m.WorkspaceId == workspace).ToDictionary(m => m.CandidateId);
        Assert.Equal([.. waiting.Select(c => c.Id).Append(running.Id).Order()], mine.Keys.Order());
        var first = waiting[0];
        Assert.Equal((first.PatternId, first.AgentId, first.Analysis.SkillName, "by-example"), (
            mine[first.Id].PatternId, mine[first.Id].AgentId, mine[first.Id].SkillName, mine[first.Id].Generator));
        Assert.Equal((first.Validation!.HeldOutPassed, first.Validation.HeldOutTotal), (mine[first.Id].HeldOutPassed, mine[first.Id].HeldOutTotal));
        Assert.NotNull(mine[first.Id].ValidatedAt);
        Assert.Null(mine[running.Id].ValidatedAt);
    }
}
