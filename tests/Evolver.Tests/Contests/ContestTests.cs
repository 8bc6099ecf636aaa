using AutoDev.Evolver.Contests;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutations;
using Xunit;

namespace AutoDev.Evolver.Tests.Contests;

public sealed class ContestTests
{
    static readonly double[] Even = [.. Enumerable.Range(0, 16).Select(i => 10 + 0.01 * (i % 5))];

    [Theory]
    [InlineData("ok:1", "ok:1.0", true, "same")]
    [InlineData("""ok:{"a":[1,2],"b":null}""", """ok:{"b":null,"a":[1,2.0000000000001]}""", true, "same")]
    [InlineData("ok:[1,2]", "ok:[2,1]", true, "differs")]
    [InlineData("ok:1", "ok:true", true, "differs")]
    [InlineData("ok:1", "exception:ValueError", true, "differs")]
    [InlineData("ok:1", "timeout", true, "differs")]
    [InlineData("exception:KeyError", "ok:1", true, "mended")]
    [InlineData("exception:KeyError", "ok:1", false, "differs")]
    [InlineData("timeout", "ok:1", true, "mended")]
    [InlineData("exception:KeyError", "exception:KeyError", true, "same")]
    [InlineData("exception:KeyError", "exception:TypeError", true, "differs")]
    [InlineData("exception:KeyError", "timeout", true, "differs")]
    [InlineData("timeout", "exception:ValueError", false, "same")]
    [InlineData("out_of_memory", "timeout", false, "same")]
    public void Each_input_is_same_mended_or_differs(string original, string variant, bool mayMend, string verdict) =>
        Assert.Equal(verdict, Verdict.Of(Outcome(original), Outcome(variant), mayMend));

    [Fact]
    public void One_input_on_which_it_differs_ends_it_however_fast_it_is()
    {
        var contest = Contest.Decide([Input("same"), Input("differs")], Timing(Even, Scaled(0.1)));
        Assert.False(contest.IsWon);
        Assert.Contains("1 of 2 inputs", contest.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void It_wins_by_speed_beyond_what_is_not_worth_a_version()
    {
        Assert.True(Contest.Decide([Input("same")], Timing(Even, Scaled(0.5))).IsWon);
        Assert.False(Contest.Decide([Input("same")], Timing(Even, Scaled(0.97))).IsWon);
        Assert.False(Contest.Decide([Input("same")], Timing(Even, Even)).IsWon);
        Assert.False(Contest.Decide([Input("same")], null).IsWon);
        Assert.False(Contest.Decide([Input("same")], Timing([10, 10, 10], [1, 1, 1])).IsWon);
    }

    [Fact]
    public void It_wins_by_memory_where_it_is_no_slower_and_loses_by_needing_far_more()
    {
        Assert.True(Contest.Decide([Input("same")], Timing(Even, Even, 20_000, 10_000)).IsWon);
        Assert.False(Contest.Decide([Input("same")], Timing(Even, Scaled(1.2), 20_000, 10_000)).IsWon);
        Assert.False(Contest.Decide([Input("same")], Timing(Even, Scaled(0.2), 10_000, 20_000)).IsWon);
        Assert.True(Contest.Decide([Input("same")], Timing(Even, Scaled(0.2), 10_000, 12_000)).IsWon);
    }

    [Fact]
    public void What_mends_wins_without_being_faster_but_not_when_it_is_slower()
    {
        var contest = Contest.Decide([Input("mended"), Input("same"), Input("mended") with { IsRecorded = false }], Timing(Even, Even));
        Assert.Equal((true, 1), (contest.IsWon, contest.Mended));
        Assert.True(Contest.Decide([Input("mended")], null).IsWon);
        Assert.False(Contest.Decide([Input("mended")], Timing(Even, Scaled(1.5))).IsWon);
        Assert.False(Contest.Decide([Input("mended") with { IsRecorded = false }], null).IsWon);
    }

    [Fact]
    public void The_same_program_against_itself_wins_fewer_than_one_of_a_hundred_contests()
    {
        var random = new Random(7);
        var wins = Enumerable.Range(0, 1000).Count(_ => Contest.Decide([Input("same")], Timing(Noisy(random), Noisy(random), 9000, 9000)).IsWon);
        Assert.InRange(wins, 0, 9);
    }

    // A machine that others use: noise of some percent, and now and then a round that takes far longer.
    static double[] Noisy(Random random) =>
        [.. Enumerable.Range(0, 16).Select(_ => 20 * (1 + 0.05 * random.NextDouble()) * (random.Next(10) == 0 ? 1.5 : 1))];

    static double[] Scaled(double by) => [.. Even.Select((ms, i) => ms * by * (1 + 0.001 * (i % 3)))];

    static ContestTiming Timing(double[] original, double[] mutation, long originalKb = 9000, long mutationKb = 9000) => new(
        original.Length, original, mutation, [.. original.Select(_ => originalKb)], [.. mutation.Select(_ => mutationKb)]);

    static InputComparison Input(string verdict) => new("{}", IsRecorded: true, Outcome("ok:1"), Outcome("ok:1"), verdict);

    static InputOutcome Outcome(string text)
    {
        var parts = text.Split(':', 2);
        return new(parts[0], parts[0] == "ok" ? parts[1] : null, parts[0] == "exception" ? parts[1] : null, null, null, 1, 1, 9000);
    }
}
