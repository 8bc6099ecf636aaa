using System.Text.Json;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Charts;
using AutoDev.OperatorConsole.Experiments;
using AutoDev.OperatorConsole.Mutations;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Mutations;

public sealed class MutationEvidenceTests
{
    static readonly MutationShown Mutation = JsonSerializer.Deserialize<MutationShown>(Played.Mutation, ServiceCall.Json)!;

    [Fact]
    public void What_a_mutation_changes_and_how_fast_it_is_stands_on_the_page()
    {
        using var page = new BunitContext();
        var evidence = page.Render<MutationEvidence>(p => p.Add(e => e.Mutation, Mutation));
        Assert.Contains("+     return sum(n * n for n in numbers)", evidence.FindAll("td.added").Select(d => d.TextContent));
        Assert.Equal(["✓ mended", "= same"], evidence.FindAll("#inputs ~ div tbody tr td:first-child").Select(d => d.TextContent));
        Assert.Contains("TypeError: 'NoneType' object is not iterable", evidence.Find(".ended").TextContent, StringComparison.Ordinal);
        Assert.Equal("Speed against the parent: 1.82×, with an interval from 1.60× to 2.07×; better beyond the noise.",
            evidence.Find(".interval svg").GetAttribute("aria-label"));
        Assert.Contains("the mutation was faster in 6.", evidence.FindAll("svg")[1].GetAttribute("aria-label"), StringComparison.Ordinal);
        Assert.Contains("9,100 KB of the parent, 6,500 KB of the mutation", evidence.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mutation_in_its_proof_says_that_nothing_is_measured_yet()
    {
        using var page = new BunitContext();
        var evidence = page.Render<MutationEvidence>(p => p.Add(e => e.Mutation, Mutation with { Status = "pending", ByInput = [], Timing = null,
            Speedup = null }));
        Assert.Contains("Not measured yet.", evidence.Markup, StringComparison.Ordinal);
        Assert.Contains("Not compared yet.", evidence.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.1, 0.95, 1.2, "not to be told from noise")]
    [InlineData(0.8, 0.7, 0.9, "worse beyond the noise")]
    public void An_interval_around_one_promises_nothing(double value, double low, double high, string words)
    {
        using var page = new BunitContext();
        var interval = page.Render<RatioInterval>(p => p.Add(i => i.What, "Speed").Add(i => i.Value, value).Add(i => i.Low, low).Add(i => i.High, high));
        Assert.Contains(words, interval.Find("svg").GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0, "the same on 8 recorded inputs")]
    [InlineData(1, 0, "the same on 1 recorded input")]
    [InlineData(8, 2, "2 of 8 recorded inputs answered where the parent fails, the others the same")]
    [InlineData(0, 0, "not compared yet")]
    public void What_it_does_to_outputs_is_said_in_words(int inputs, int mended, string words) =>
        Assert.Equal(words, MutationWords.Outputs(new() { Inputs = inputs, Mended = mended }));

    [Fact]
    public void An_experiment_shows_each_stage_once_in_order_and_what_of_its_budget_is_used()
    {
        var experiment = JsonSerializer.Deserialize<ExperimentShown>(Played.Experiment, ServiceCall.Json)!;
        Assert.Equal([("Proposing", false), ("Measuring", false), ("Ended", false)], ExperimentWords.Stages(experiment));
        Assert.Equal([("Proposing", false), ("Measuring", true)], ExperimentWords.Stages(experiment with { Stage = "measuring", EndedAt = null }));
        Assert.Equal("21 of 60 runs, 44.5 of 300 seconds", ExperimentWords.Used(experiment.Spent, experiment.Budget));
    }

    [Fact]
    public void The_median_of_an_even_number_lies_between_the_middle_two() => Assert.Equal(2.5, PairedTimings.Median([4, 1, 2, 3]));
}
