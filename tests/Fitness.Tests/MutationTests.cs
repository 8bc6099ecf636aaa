using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.Fitness.Scores;
using Xunit;
using static AutoDev.Fitness.Tests.FitnessFixture;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class MutationTests(FitnessFixture fitness)
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_rules_promotion_is_no_persons_approval()
    {
        Assert.Equal("approved", CountMutationConsumer.Decide(Approved("acme", Guid.Empty, "ann")).Name);
        Assert.Equal("auto_promoted", CountMutationConsumer.Decide(Approved("acme", Guid.Empty, "system:auto_promote")).Name);
    }

    [Fact]
    public void A_mutation_that_failed_keeps_what_it_did()
    {
        var failed = Completed("acme", Guid.Empty) with { Passed = false, ExecutionSuccess = false, Detail = "2 outputs differ" };
        Assert.Equal(["no_syntax_error", "execution_failure"], CountMutationConsumer.Decide(failed).Select(s => s.Name));
        Assert.Contains("2 outputs differ", CountMutationConsumer.Decide(failed)[1].Reason, StringComparison.Ordinal);
        Assert.Equal(["syntax_error", "execution_failure"], CountMutationConsumer.Decide(failed with { SyntaxError = true }).Select(s => s.Name));
    }

    [Fact]
    public async Task A_version_has_its_mutations_signals_and_efficiency_whichever_message_comes_first()
    {
        foreach (var order in new[] { new[] { 0, 1, 2 }, [2, 1, 0], [1, 2, 0] })
        {
            var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
            Func<Task>[] tell =
            [
                () => fitness.PublishTwiceAsync(Completed(workspace, id)),
                () => fitness.PublishTwiceAsync(Approved(workspace, id, "ann")),
                () => fitness.PublishTwiceAsync(Version(workspace, id)),
            ];
            foreach (var i in order) await tell[i]();

            var version = await fitness.SubjectAsync(workspace, "skill:extract@1.0.1", s => s is { SignalCount: 3, Efficiency: not null });
            Assert.Equal((1.0, SubjectId.Mutation(id), null, 2.5), (version.Score.Value, version.Mutation, version.Candidate, version.Efficiency!.Speedup));
        }
    }

    [Fact]
    public async Task The_score_of_what_is_said_again_is_said_again_in_the_revision_that_stands()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        var scored = await fitness.ListenAsync<FitnessScored>();
        await fitness.PublishAsync(Completed(workspace, id));
        var subject = SubjectId.Mutation(id);
        var first = await scored.WaitAsync(s => s.Subject == subject && s.SignalCount == 2);

        await fitness.PublishTwiceAsync(new MutationRestated
        {
            WorkspaceId = workspace, MutationId = id, SkillName = "extract", Mutator = "rewrite_rules", Inputs = 1, Mended = 0, Cost = 0, CompletedAt = Now,
        });
        await scored.CountAsync(2, s => s == first);
    }

    [Fact]
    public async Task Variants_are_listed_best_first_and_any_two_are_compared_with_their_parts()
    {
        var (workspace, candidate, good, bad) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await fitness.PublishAsync(Validated(workspace, candidate));
        await fitness.PublishAsync(Published(workspace, candidate));
        await fitness.PublishAsync(External(workspace, "skill:extract@1.0.0", "email_bounce"));
        await fitness.PublishTwiceAsync(Completed(workspace, good));
        await fitness.PublishTwiceAsync(Completed(workspace, bad) with { ExecutionSuccess = false, Speedup = null });
        await fitness.PublishTwiceAsync(new MutationRejected
        {
            WorkspaceId = workspace, MutationId = bad, SkillName = "extract", ParentVersion = "1.0.0", RejectedBy = "ann", Reason = "no", RejectedAt = Now,
        });
        await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s is { IsKnown: true, SignalCount: 3 });
        await fitness.SubjectAsync(workspace, SubjectId.Mutation(good), s => s.SignalCount == 2);
        await fitness.SubjectAsync(workspace, SubjectId.Mutation(bad), s => s.SignalCount == 3);

        var (status, variants) = await fitness.GetAsync($"/workspaces/{workspace}/skills/extract/variants");
        Assert.Equal(200, status);
        Assert.Equal(
            [(SubjectId.Mutation(good), 0.5), ("skill:extract@1.0.0", 0.2), (SubjectId.Mutation(bad), 0)],
            variants.GetProperty("variants").EnumerateArray().Select(v => (v.GetProperty("subject").GetString()!, v.GetProperty("score").GetDouble())));
        Assert.Equal(2.5, variants.GetProperty("variants")[0].GetProperty("efficiency").GetProperty("speedup").GetDouble());

        var (_, compared) = await fitness.GetAsync($"/workspaces/{workspace}/compare?left=skill:extract@1.0.0&right={SubjectId.Mutation(good)}");
        Assert.Equal(
            [("email_bounce", -0.3), ("execution_success", 0.3), ("no_syntax_error", 0.2)],
            compared.GetProperty("left").GetProperty("parts").EnumerateArray().Select(p =>
                (p.GetProperty("signal").GetString()!, p.GetProperty("weight").GetDouble())));
        Assert.Equal(0.3, compared.GetProperty("score_difference").GetDouble(), 12);
        Assert.Equal(404, (await fitness.GetAsync($"/workspaces/{workspace}/compare?left=skill:extract@1.0.0&right=skill:other@1.0.0")).Status);
        Assert.Equal(400, (await fitness.GetAsync($"/workspaces/{workspace}/compare?left=extract")).Status);
    }

    static MutationCompleted Completed(string workspace, Guid id) => new()
    {
        WorkspaceId = workspace, MutationId = id, ExperimentId = id, SkillName = "extract", ParentVersion = "1.0.0", Reason = "execution_time",
        Mutator = "rewrite_rules", Description = "d", Passed = true, Detail = "2.5 times as fast", ExecutionSuccess = true, Inputs = 12, Speedup = 2.5,
        SpeedupLow = 2.2, SpeedupHigh = 2.9, MemoryRatio = 1, CompletedAt = Now,
    };

    static MutationApproved Approved(string workspace, Guid id, string by) => new()
    {
        WorkspaceId = workspace, MutationId = id, SkillName = "extract", ParentVersion = "1.0.0", FunctionName = "extract", Source = "x", Description = "d",
        Mends = false, ApprovedBy = by, ApprovedAt = Now,
    };

    static SkillPublished Version(string workspace, Guid id) =>
        Published(workspace, Guid.CreateVersion7()) with { Version = "1.0.1", ParentVersion = "1.0.0", MutationId = id, Revision = 2 };
}
