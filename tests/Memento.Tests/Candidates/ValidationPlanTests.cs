using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

public sealed class ValidationPlanTests
{
    [Fact]
    public void Seen_comes_before_held_out_before_unanswered_before_hostile_and_at_last_the_first_ones_again_in_reverse()
    {
        var plan = ValidationPlan.For(Analysis("""{"email":"a"}""", """{"email":"b"}""", """{"email":"c"}"""));
        Assert.Equal(["seen", "held_out", "unanswered", "hostile", "again"], plan.Select(p => p.Kind).Distinct(StringComparer.Ordinal));
        Assert.All(plan, p => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(p.InputJson!).ValueKind));
        var again = plan.Where(p => p.Kind == InputKind.Again).ToList();
        Assert.Equal([3, 2, 1, 0], again.Select(p => p.Repeats!.Value));
        Assert.All(again, p => Assert.Equal(plan[p.Repeats!.Value].InputJson, p.InputJson));
    }

    [Fact]
    public void Hostile_inputs_spoil_one_parameter_at_a_time()
    {
        var hostile = ValidationPlan.For(Analysis("""{"email":"hello","limit":3}""")).Where(p => p.Kind == InputKind.Hostile).ToList();
        Assert.Equal("{}", hostile[0].InputJson);
        Assert.All(hostile.Skip(1), p => Assert.Equal(2, JsonElement.Parse(p.InputJson!).EnumerateObject().Count()));
        foreach (var what in new[] { "email: empty", "email: a number", "email: null", "email: a list", "limit: null", "limit: a list" })
            Assert.Contains(hostile, p => p.Description == what);
        Assert.DoesNotContain(hostile, p => p.Description == "limit: a number");

        var longest = hostile.Single(p => p.Description == "email: very long (100,000 characters)");
        Assert.Equal(ValidationPlan.VeryLong, JsonElement.Parse(longest.InputJson!).GetProperty("email").GetString()!.Length);
    }

    [Fact]
    public void What_is_too_long_to_keep_is_only_described_in_the_stored_plan()
    {
        var plan = ValidationPlan.For(Analysis("""{"email":"hello"}"""));
        var kept = ValidationPlan.Kept(plan);
        Assert.Equal(plan.Select(p => p.Description), kept.Select(p => p.Description));
        Assert.Equal(1, kept.Count(p => p.InputJson is null && p.Kind != InputKind.Again));
        Assert.All(kept.Where(p => p.Kind == InputKind.Again), p => Assert.Null(p.InputJson)); // it is in it already
    }

    [Fact]
    public void A_very_wide_input_does_not_blow_up_the_run()
    {
        var wide = JsonSerializer.Serialize(Enumerable.Range(0, 500).ToDictionary(i => $"p{i}", i => i));
        Assert.InRange(ValidationPlan.For(Analysis(wide)).Count, 1, 100);
    }

    [Fact]
    public void The_largest_pattern_fits_into_one_run()
    {
        const int mostInputs = 1000, mostCharacters = 16 << 20; // the sandbox runner's
        var part = new string('x', UsableJson.MaxLength / 9);
        var plan = ValidationPlan.For(Analysis([.. Enumerable.Range(0, 199).Select(i =>
            JsonSerializer.Serialize(Enumerable.Range(0, 8).ToDictionary(p => $"p{p}", p => $"{i} {part}")))]));
        Assert.InRange(plan.Count, 200, mostInputs);
        Assert.InRange(plan.Sum(p => p.InputJson!.Length), 199 * 8 * part.Length, mostCharacters);
    }

    static FailureAnalysis Analysis(params string[] inputs) => FailureAnalysis.Of("Extract the invoice ID", [
        .. inputs.Select((input, i) => new PatternEpisode { EpisodeId = $"e{i}", TaskDescription = "", InputJson = input, ExpectedOutputJson = "\"x\"" }),
        new() { EpisodeId = "unanswered", TaskDescription = "", InputJson = """{"email":"?"}""" },
    ]);
}
