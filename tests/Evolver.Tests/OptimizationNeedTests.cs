using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Needs;
using AutoDev.Gating;
using Xunit;
using static AutoDev.Evolver.Tests.SkillProfileTests;

namespace AutoDev.Evolver.Tests;

public sealed class OptimizationNeedTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 23, 59, 0, TimeSpan.Zero);
    static readonly GateDecision TooLow = GateDecision.Refused("maturity_too_low", "alpha_evolver needs SUPERVISED, the agent is INTERN.");
    static readonly Beginning Refused = new("refused", TooLow.Detail, Refused: TooLow);
    static readonly Beginning Started = new("started", "An experiment began.", Guid.NewGuid());

    [Theory]
    [InlineData(5.0, 5000, true, 0, new string[0])]
    [InlineData(5.001, 5000, true, 0, new[] { "execution_time" })]
    [InlineData(5.0, 5001, true, 0, new[] { "token_usage" })]
    [InlineData(0.1, 0, false, 0, new[] { "failure" })]
    [InlineData(0.1, 0, true, 1, new[] { "retries" })]
    [InlineData(9.0, 9000, false, 3, new[] { "execution_time", "token_usage", "failure", "retries" })]
    public void An_execution_shows_a_need_beyond_the_limits_and_not_on_them(double seconds, int tokens, bool success, int retries, string[] reasons) =>
        Assert.Equal(reasons, OptimizationNeed.ReasonsOf(
            Execution("a") with { ExecutionSeconds = seconds, TokenUsage = tokens, Success = success, Retries = retries }));

    [Fact]
    public void A_need_that_began_an_experiment_names_it()
    {
        var need = OptimizationNeed.Add(null, "extract@1.0.0", Execution("a"), ["failure"], Started, Now);
        Assert.Equal(("started", null, Started.ExperimentId), (need.Outcome, need.RefusedBecause, need.ExperimentId));
    }

    [Theory]
    [InlineData(new[] { "execution_time", "failure" }, "failure")]
    [InlineData(new[] { "execution_time", "retries" }, "retries")]
    [InlineData(new[] { "execution_time", "token_usage" }, "execution_time")]
    [InlineData(new[] { "token_usage" }, "token_usage")]
    public void What_fails_must_answer_before_it_is_made_faster(string[] reasons, string main) => Assert.Equal(main, OptimizationNeed.MainReason(reasons));

    [Fact]
    public void A_need_that_is_refused_says_why()
    {
        var need = OptimizationNeed.Add(null, "extract@1.0.0", Execution("a"), ["failure"], Refused, Now);
        Assert.Equal(("refused", "maturity_too_low", TooLow.Detail), (need.Outcome, need.RefusedBecause, need.Detail));
    }

    [Fact]
    public void Needs_of_one_day_add_up_by_reason()
    {
        var one = OptimizationNeed.Add(null, "extract@1.0.0", Execution("a"), ["failure"], Refused, Now);
        var two = OptimizationNeed.Add(one, "extract@1.0.0", Execution("b"), ["failure", "retries"], Refused, Now.AddSeconds(9));
        Assert.Equal(one.Id, two.Id);
        Assert.Equal([("failure", 2), ("retries", 1)], two.Reasons.Select(r => (r.Key, r.Value)));
        Assert.Equal((2, "b", Now, Now.AddSeconds(9)), (two.Executions, two.LastExecutionId, two.FirstAt, two.LastAt));
    }

    [Fact]
    public void Another_agent_answer_or_day_is_another_need()
    {
        string[] ids =
        [
            OptimizationNeed.IdOf("extract@1.0.0", "a", Refused, Now), OptimizationNeed.IdOf("extract@1.0.0", "b", Refused, Now),
            OptimizationNeed.IdOf("extract@1.0.0", "a", Started, Now), OptimizationNeed.IdOf("extract@1.0.0", "a", Refused, Now.AddMinutes(1)),
            OptimizationNeed.IdOf("extract@1.0.1", "a", Refused, Now),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
