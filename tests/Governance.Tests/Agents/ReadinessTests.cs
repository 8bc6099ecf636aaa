using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;

namespace AutoDev.Governance.Tests.Agents;

public sealed class ReadinessTests
{
    [Theory]
    [InlineData(Maturity.Student, 9, 0, 0.71, 96, false)] // one episode short
    [InlineData(Maturity.Student, 10, 0, 0.71, 100, true)]
    [InlineData(Maturity.Student, 10, 4, 0.71, 76, true)] // 40 + 30 · (1 − 0.4/0.5) + 30
    [InlineData(Maturity.Student, 10, 5, 0.71, 70, false)] // 50 % is not below 50 %
    [InlineData(Maturity.Student, 10, 10, 0.71, 70, false)]
    [InlineData(Maturity.Student, 10, 0, 0.70, 100, false)] // 0.70 is not above 0.70
    [InlineData(Maturity.Student, 10, 0, 0.35, 85, false)]
    [InlineData(Maturity.Intern, 10, 0, 0.86, 76, false)] // 16 + 30 + 30
    [InlineData(Maturity.Intern, 25, 4, 0.86, 76, true)] // 40 + 30 · (1 − 0.16/0.2) + 30
    [InlineData(Maturity.Intern, 25, 5, 0.86, 70, false)]
    [InlineData(Maturity.Intern, 25, 0, 0.85, 100, false)]
    [InlineData(Maturity.Supervised, 49, 0, 0.96, 99.2, false)]
    [InlineData(Maturity.Supervised, 50, 2, 0.96, 76, true)]
    [InlineData(Maturity.Supervised, 60, 3, 0.96, 70, false)]
    [InlineData(Maturity.Supervised, 50, 0, 0.95, 100, false)]
    [InlineData(Maturity.Autonomous, 500, 0, 1, 100, false)] // no level is left
    public void The_score_has_three_parts_and_a_level_is_due_when_no_gap_is_left(
        Maturity maturity, int episodes, int withIntervention, double score, double expected, bool isReady)
    {
        var readiness = Readiness.Of(maturity, EvidenceOf(episodes, withIntervention, (decimal)score));

        Assert.Equal((decimal)expected, readiness.Score);
        Assert.Equal(isReady, readiness.IsReady);
        Assert.Equal(readiness.Score, readiness.Episodes + readiness.Interventions + readiness.Constitutional);
    }

    [Fact]
    public void An_agent_without_episodes_has_earned_nothing() => Assert.Equal(0, Readiness.Of(Maturity.Student, new()).Score);

    [Fact]
    public void Gaps_say_what_is_needed_and_what_there_is()
    {
        var readiness = Readiness.Of(Maturity.Student, EvidenceOf(8, 6, 0.5m));

        Assert.Equal(
            [
                "INTERN needs 10 episodes: 8 so far, 2 more.",
                "INTERN needs an intervention rate below 50 %: it is 75.0 %, 6 of 8 episodes.",
                "INTERN needs a constitutional score above 0.70: it is 0.5 on average of 8 episodes.",
            ],
            readiness.Gaps);
        Assert.Equal(Maturity.Intern, readiness.NextLevel);
    }

    [Fact]
    public void A_constitutional_score_that_was_never_measured_is_a_gap()
    {
        var readiness = Readiness.Of(Maturity.Intern, new() { Episodes = 100 });

        Assert.Equal(["SUPERVISED needs a constitutional score above 0.85: no episode has carried one."], readiness.Gaps);
        Assert.Equal(0, readiness.Constitutional);
    }

    [Fact]
    public void The_average_is_that_of_the_episodes_that_carry_a_score()
    {
        var evidence = new Evidence().With(0, 0.9).With(0, null).With(1, 0.8);

        Assert.Equal(new Evidence { Episodes = 3, WithIntervention = 1, Scored = 2, ScoreTotal = 1.7m }, evidence);
        Assert.Equal(0.85m, evidence.ConstitutionalScore());
    }

    [Fact]
    public void Ten_times_the_limit_is_exactly_the_limit()
    {
        var evidence = Enumerable.Range(0, 10).Aggregate(new Evidence(), (e, _) => e.With(0, 0.7));

        Assert.False(Readiness.Of(Maturity.Student, evidence).IsReady);
        Assert.True(Readiness.Of(Maturity.Student, evidence.With(0, 0.71)).IsReady);
    }

    static Evidence EvidenceOf(int episodes, int withIntervention, decimal score) =>
        new() { Episodes = episodes, WithIntervention = withIntervention, Scored = episodes, ScoreTotal = score * episodes };
}
