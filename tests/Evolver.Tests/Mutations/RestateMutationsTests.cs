using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Governance;
using AutoDev.Evolver.Mutations;
using AutoDev.Gating.Spend;
using Xunit;

namespace AutoDev.Evolver.Tests.Mutations;

[Collection(RunningEvolver.Name)]
public sealed class RestateMutationsTests(EvolverFixture evolver)
{
    const int MoreThanAPage = 55;

    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Whatever_waits_for_a_decision_is_said_again_to_the_last_with_what_it_cost_and_nothing_else()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var waiting = Enumerable.Range(0, MoreThanAPage).Select(_ => Mutation(MutationStatus.Passed)).ToList();
        await evolver.InStoreAsync(workspace, async session =>
        {
            session.Store([.. waiting, Mutation(MutationStatus.Promoted), Mutation(MutationStatus.Pending)]);
            session.Store(Call(waiting[0].Id, 0.25m), Call(waiting[0].Id, 0.5m), Call(waiting[0].Id, null));
            await session.SaveChangesAsync();
            return true;
        });
        var said = await evolver.ListenAsync<MutationRestated>();

        await evolver.PublishAsync(new RestateMutations { RequestedBy = "test" });

        await said.CountAsync(MoreThanAPage, m => m.WorkspaceId == workspace);
        var mine = said.Messages.Where(m => m.WorkspaceId == workspace).ToDictionary(m => m.MutationId);
        Assert.Equal([.. waiting.Select(m => m.Id).Order()], mine.Keys.Order());
        Assert.Equal(("extract", "rewrite_rules", "agent", 0.75m, Noon), (
            mine[waiting[0].Id].SkillName, mine[waiting[0].Id].Mutator, mine[waiting[0].Id].AgentId, mine[waiting[0].Id].Cost, mine[waiting[0].Id].CompletedAt));
    }

    static Mutation Mutation(string status) => new()
    {
        Id = Guid.NewGuid(), Revision = 2, Status = status, ExperimentId = Guid.NewGuid(), SkillName = "extract", ParentVersion = "1.0.0", FunctionName = "extract",
        Source = "def extract(): return 1", ParentSource = "def extract(): pass", Reason = "execution_time", Mutator = "rewrite_rules", Rules = [],
        Description = "A loop became a lookup.", AgentId = "agent", ProposedAt = Noon, UpdatedAt = Noon, CompletedAt = Noon,
    };

    static SpendEntry Call(Guid mutation, decimal? cost) => new()
    {
        Id = Guid.NewGuid(), Day = "2026-03-01", Subject = $"mutation:{mutation}", AgentId = "agent", Capability = "alpha_evolver", Model = "m", Price = new() { InputPerMillion = 1, OutputPerMillion = 1 }, MaxInputTokens = 1,
        MaxOutputTokens = 1, Estimate = 1, ReservedAt = Noon, Cost = cost,
    };
}
