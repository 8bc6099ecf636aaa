using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Profiles;
using CsCheck;
using Xunit;

namespace AutoDev.Evolver.Tests;

public sealed class SkillProfileTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(new[] { 3.0 }, 3, 3)]
    [InlineData(new[] { 1.0, 2.0 }, 1, 2)]
    [InlineData(new[] { 1.0, 2.0, 3.0 }, 2, 3)]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }, 10, 19)]
    public void Percentiles_are_values_that_were_measured(double[] seconds, double p50, double p95) =>
        Assert.Equal((p50, p95), (SkillProfile.Percentile(seconds, 50), SkillProfile.Percentile(seconds, 95)));

    [Fact]
    public void An_execution_is_counted_with_all_it_cost()
    {
        var profile = Profile(
            Execution("a") with { Success = false, Retries = 2, TokenUsage = 900 },
            Execution("b") with { TokenUsage = 100, ExecutionSeconds = 7 });
        Assert.Equal((2, 1, 2L, 1000L, 1.0, 7.0), (profile.Count, profile.Failures, profile.Retries, profile.Tokens, profile.P50Seconds, profile.P95Seconds));
    }

    [Fact]
    public void Percentiles_forget_all_but_the_newest_two_hundred_executions()
    {
        var slowThenFast = Enumerable.Range(0, 100).Select(i => Execution($"s{i:D3}", i) with { ExecutionSeconds = 60 })
            .Concat(Enumerable.Range(100, 200).Select(i => Execution($"f{i:D3}", i)));
        var profile = Profile([.. slowThenFast]);
        Assert.Equal((300, 200, 1.0), (profile.Count, profile.Window.Count, profile.P95Seconds));
    }

    [Fact]
    public void The_same_input_is_kept_once_however_it_is_written()
    {
        var profile = Profile(
            Execution("a", 0) with { InputJson = """{"text":"INV-1","strict":true}""" },
            Execution("b", 1) with { InputJson = """{"text":"INV-2"}""" },
            Execution("c", 2) with { InputJson = """{ "strict" : true, "text" : "\u0049NV-1" }""" },
            Execution("d", 3) with { InputJson = null });
        Assert.Equal(["c", "b"], profile.Inputs.Select(i => i.ExecutionId));
    }

    [Fact]
    public void The_newest_fifty_inputs_are_kept_and_none_that_is_very_long()
    {
        var profile = Profile([.. Enumerable.Range(0, 60).Select(i => Execution($"e{i:D2}", i) with { InputJson = $$"""{"i":{{i}}}""" }),
            Execution("long", 99) with { InputJson = $$"""{"i":"{{new string('x', 20_000)}}"}""" }]);
        Assert.Equal(Enumerable.Range(10, 50).Reverse().Select(i => $$"""{"i":{{i}}}"""), profile.Inputs.Select(i => i.Json));
    }

    [Theory]
    [InlineData("""{"text":"a\u0000b"}""")]
    [InlineData("""{"text":1,"text":2}""")]
    [InlineData("""{"n":1e999}""")]
    public void Strange_but_valid_json_is_no_obstacle(string input) =>
        Assert.Single(Profile(Execution("a") with { InputJson = input }, Execution("b", 1) with { InputJson = input }).Inputs);

    [Fact]
    public void Executions_give_the_same_profile_in_any_order() =>
        (from seconds in Gen.Double[0, 10].Array[0, 260]
         from inputs in Gen.Int[0, 70].Array[260]
         from at in Gen.Int[0, 50].Array[260]
         let executions = seconds.Select((s, i) => Execution($"e{i}", at[i]) with
         {
             ExecutionSeconds = s, Success = i % 3 > 0, Retries = i % 2, TokenUsage = i, InputJson = $$"""{"i":{{inputs[i]}}}""",
         }).ToArray()
         from shuffled in Gen.Shuffle(executions)
         select (executions, shuffled))
        .Sample(t =>
        {
            var (one, two) = (Profile(t.executions), Profile(t.shuffled));
            return Figures(one).Equals(Figures(two)) && one.Window.SequenceEqual(two.Window) && one.Inputs.SequenceEqual(two.Inputs);
        }, iter: 50);

    static object Figures(SkillProfile p) => (p.Count, p.Failures, p.Retries, p.Tokens, p.P50Seconds, p.P95Seconds);

    static SkillProfile Profile(params SkillExecuted[] executions) =>
        executions.Aggregate(SkillProfile.Unused("extract", "1.0.0"), (profile, execution) => profile.Add(execution, Start));

    internal static SkillExecuted Execution(string id, int minute = 0) => new()
    {
        WorkspaceId = "w", ExecutionId = id, AgentId = "agent", SkillName = "extract", SkillVersion = "1.0.0",
        ExecutionSeconds = 1, Success = true, RecordedAt = Start.AddMinutes(minute),
    };
}
