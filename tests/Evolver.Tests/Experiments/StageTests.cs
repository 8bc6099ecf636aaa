using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Background;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutators;
using AutoDev.Evolver.Profiles;
using Xunit;

namespace AutoDev.Evolver.Tests.Experiments;

/// <summary>What each stage decides, without a store or a bus.</summary>
public sealed class StageTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_newest_inputs_of_all_versions_are_compared_on_each_once()
    {
        var old = Profile("1.0.0", (1, """{"a":1}"""), (2, """{"a":2}"""));
        var young = Profile("1.1.0", (3, """{ "a": 1.0 }"""), (4, """{"a":3}"""), (5, "[1]"));
        Assert.Equal(["""{"a":3}""", """{ "a": 1.0 }""", """{"a":2}"""], GatherInputs.Recorded([old, young], 10).Select(i => i.InputJson));
        Assert.Equal(2, GatherInputs.Recorded([old, young], 2).Count);
    }

    [Fact]
    public void Inputs_from_the_sandbox_are_taken_where_they_are_objects_that_are_not_recorded()
    {
        var answer = Run(new InputResult { Ended = "ok", ValueJson = """[{"a":1.0},{"a":2},{"a":2},7,{"a":"\ud800"},{"a":3},{"a":4}]""" });
        Assert.Equal(["""{"a":2}""", """{"a":3}"""], GatherInputs.Nearby([new("""{"a":1}""", true)], answer, 2).Select(i => i.InputJson));
        Assert.Empty(GatherInputs.Nearby([], Run(new InputResult { Ended = "timeout" }), 5));
        Assert.Empty(GatherInputs.Nearby([], Run(new InputResult { Ended = "ok", ValueJson = "7" }), 5));
    }

    [Fact]
    public void What_the_original_does_not_do_twice_is_left_out_and_the_shorter_time_counts()
    {
        var inputs = new TrialInputs { Id = Guid.NewGuid(), Inputs = [.. Enumerable.Range(0, 6).Select(i => new TrialInput($$"""{"i":{{i}}}""", i < 4))] };
        var forward = Run(Ok("1", 5), Ok("2"), Cut(), Cut("result_not_json"), Cut(), Ok("6"));
        var backward = Run(Cut("result_not_json"), Cut(), Ok("3"), Ok("1", 4), Ok("6"), Cut()); // recorded ones first, each in reverse
        var settled = HoldReference.Settle(HoldReference.Keep(HoldReference.Keep(inputs, forward, isForward: true), backward, isForward: false));
        Assert.Equal([("""{"i":0}""", 4.0), ("""{"i":2}""", 1.0)], settled.Inputs.Take(2).Select(i => (i.InputJson, i.Original!.CpuMs)));
        Assert.Null(settled.Forward);
    }

    [Fact]
    public void A_variant_is_judged_by_each_input_and_told_where_it_differs()
    {
        var inputs = new[] { Input("1", true), Input("2", true), Failing(true) };
        Assert.Equal((VariantStatus.Behaves, 0, 6.0), Judged(inputs, Ok("1", 1), Ok("2", 2), Raises("KeyError", 3)));
        Assert.Equal((VariantStatus.Behaves, 1, 3.0), Judged(inputs, Ok("1"), Ok("2"), Ok("9")));
        Assert.Equal(VariantStatus.Differs, Judged(inputs, Ok("1"), Ok("3"), Raises("KeyError")).Status);
        Assert.Equal(VariantStatus.Differs, Judged([Failing(false)], Ok("9")).Status);
        Assert.Equal((VariantStatus.Behaves, 0, 1.0), Judged([Failing(false)], "failure", Ok("9")));
        Assert.Equal(VariantStatus.Failed, Judged(inputs, Ok("1")).Status);
        var variant = TryVariants.Judge(Experiment("execution_time"), Variant(1), inputs, Run(Ok("1"), Ok("3"), Ok("9")));
        Assert.Contains("returns 2, this returns 3", variant.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_most_promising_variants_are_measured_on_the_longest_recorded_inputs()
    {
        var variants = Enumerable.Range(1, 10).Select(i => Variant(i) with { Status = VariantStatus.Behaves, CpuMs = i % 3, Mended = i == 9 ? 1 : 0 });
        Assert.Equal([9, 3, 6, 1, 4, 7, 10, 2], MeasureVariants.Promising(variants).Select(v => v.Number));
        var inputs = new[] { Input("1", true, 700), Input("2", true, 1500), Input("3", false, 9000), Failing(true), Input("4", true, 10) };
        Assert.Equal([1500.0, 700.0], MeasureVariants.Timed(inputs).Select(i => i.Original!.CpuMs));
    }

    [Fact]
    public void Proposals_become_variants_once_with_all_their_ancestors()
    {
        var experiment = Experiment("execution_time") with { VariantCount = 3, Iteration = 2 };
        var parent = Variant(3) with { Mutator = "language_model", Rules = ["loop"] };
        var fresh = ProposeVariantsConsumer.Fresh(
            experiment, [parent], "rewrite_rules", new(parent.Key, parent.Source, parent.Rules), new("other", "y", []),
            [
                new("new one", ["set"], "d"), new("new one\n\n", ["set"], "d"), new(parent.Source, ["set"], "d"), new(experiment.Source, [], "d"),
                new("both", ["join"], "d", true),
            ]);
        Assert.Equal([(4, "new one"), (5, "both")], fresh.Select(v => (v.Number, v.Source)));
        Assert.All(fresh, v => Assert.Equal("language_model+rewrite_rules", v.Mutator));
        Assert.Equal(["loop set", "loop join"], fresh.Select(v => string.Join(' ', v.Rules)));
        Assert.Equal([parent.Key, $"{parent.Key} other"], fresh.Select(v => string.Join(' ', v.ParentKeys)));
    }

    [Theory]
    [InlineData("""[{"source":"a","rules":["r"],"description":"d","crossover":true},{"source":""},{"rules":[]},7,{"source":"b","rules":[1]}]""", 2)]
    [InlineData("""{"source":"a"}""", 0)]
    [InlineData("null", 0)]
    public void An_answer_out_of_the_sandbox_is_read_as_far_as_it_makes_sense(string json, int count) =>
        Assert.Equal(count, ProposalAnswer.Read(Run(new InputResult { Ended = "ok", ValueJson = json })).Found.Count);

    [Fact]
    public void The_rewrite_rules_are_asked_with_the_errors_and_the_longest_inputs()
    {
        var request = new MutationRequest
        {
            WorkspaceId = "w", ExperimentId = Guid.NewGuid(), Iteration = 1, Seed = 5, SkillName = "extract", FunctionName = "extract", Reason = "retries",
            Parent = new("k", "source", []), Other = new("o", "other", ["set"]),
            Inputs = [Input("1", true, 1), Input("2", true, 9), Input("3", true, 5), Failing(true)],
            Attempts = [], KnownKeys = ["k"], Limit = 4, Settings = new(),
        };
        var asked = JsonElement.Parse(RewriteRules.Ask(request, 2));
        Assert.Equal([2, 3], asked.GetProperty("timed").EnumerateArray().Select(i => i.GetProperty("i").GetInt32()));
        Assert.Equal(("KeyError", "set", 4), (
            asked.GetProperty("profile").GetProperty("errors")[0].GetProperty("type").GetString(), asked.GetProperty("also")[0].GetString(),
            asked.GetProperty("small").GetArrayLength()));
    }

    [Fact]
    public void Nothing_begins_by_itself_on_what_is_open_rests_or_is_not_what_agents_get()
    {
        var (wish, free) = (new Wish(Guid.NewGuid(), "extract", "failure", "system:trigger", 3) { Version = "1.0.0" }, new SkillEvolution { Id = "extract" });
        var current = new CurrentSkill { Id = "extract", Version = "1.0.0", Revision = 1, Since = Now };
        var version = new SkillVersion { Id = "extract@1.0.0", SkillName = "extract", Version = "1.0.0", FunctionName = "f", Source = "s", PublishedAt = Now };
        Assert.Null(BeginExperiment.WhyNot(wish, free, current, version, Now));
        Assert.Equal("open", BeginExperiment.WhyNot(wish, free with { OpenExperimentId = Guid.NewGuid() }, current, version, Now)!.Outcome);
        Assert.Equal("unknown_skill", BeginExperiment.WhyNot(wish, free, null, null, Now)!.Outcome);
        Assert.Equal("not_current", BeginExperiment.WhyNot(wish, free, current with { Retired = true }, version, Now)!.Outcome);
        Assert.Equal("not_current", BeginExperiment.WhyNot(wish with { Version = "0.9.0" }, free, current, version, Now)!.Outcome);
        var resting = free.Rest("1.0.0", Now.AddMinutes(1));
        Assert.Equal("cooling_down", BeginExperiment.WhyNot(wish, resting, current, version, Now)!.Outcome);
        Assert.Null(BeginExperiment.WhyNot(wish, resting, current, version, Now.AddMinutes(1)));
        Assert.Null(BeginExperiment.WhyNot(wish with { StartedBy = "ann", Version = null }, resting, current, version, Now));
    }

    [Fact]
    public void The_background_evolution_takes_the_greatest_saving_that_an_autonomous_agent_has()
    {
        var profiles = new[] { Used("cheap", 100, 0.1, "a"), Used("costly", 10, 4, "b"), Used("costliest", 10, 9, "a"), Used("other", 90, 9, "stranger") };
        var current = profiles.Select(p => new CurrentSkill { Id = p.SkillName, Version = p.Version, Revision = 1, Since = Now }).ToList();
        var autonomous = new HashSet<string>(["a", "b"], StringComparer.Ordinal);
        Assert.Equal(("costliest", "a"), Chosen([]));
        Assert.Equal(("costly", "b"), Chosen([new() { Id = "costliest", LastStartedAt = Now.AddDays(-6) }]));
        Assert.Equal(("costliest", "a"), Chosen([new() { Id = "costliest", LastStartedAt = Now.AddDays(-8) }]));
        Assert.Null(EvolveInBackground.Choose(profiles, [], [], autonomous, Now, TimeSpan.FromDays(7)));

        (string, string)? Chosen(SkillEvolution[] evolutions) =>
            EvolveInBackground.Choose(profiles, current, evolutions, autonomous, Now, TimeSpan.FromDays(7)) is var (profile, agent)
                ? (profile.SkillName, agent)
                : null;
    }

    static SkillProfile Used(string skill, int count, double seconds, string agent) => SkillProfile.Unused(skill, "1.0.0") with
    {
        Count = count, P50Seconds = seconds, Window = [new("e", Now, seconds, agent)], Inputs = [new("{}", Now, "e")],
    };

    static SkillProfile Profile(string version, params (int At, string Json)[] inputs) => SkillProfile.Unused("extract", version) with
    {
        Inputs = [.. inputs.Select(i => new RecordedInput(i.Json, Now.AddMinutes(i.At), $"e{i.At}"))],
    };

    static (string Status, int Mended, double CpuMs) Judged(IReadOnlyList<TrialInput> inputs, params InputResult[] results) =>
        Judged(inputs, "execution_time", results);

    static (string Status, int Mended, double CpuMs) Judged(IReadOnlyList<TrialInput> inputs, string reason, params InputResult[] results)
    {
        var judged = TryVariants.Judge(Experiment(reason), Variant(1), inputs, Run(results));
        return (judged.Status, judged.Mended, judged.CpuMs);
    }

    static Experiment Experiment(string reason) => new()
    {
        Id = Guid.NewGuid(), SkillName = "extract", Version = "1.0.0", FunctionName = "extract", Source = "original", Reason = reason, StartedBy = "ann",
        Iterations = 1,
        Seed = 1, Budget = new(1, 1, 0), Stage = Stage.Trying, StartedAt = Now,
    };

    static Variant Variant(int number) => new()
    {
        Id = Guid.NewGuid(), ExperimentId = Guid.Empty, Key = AutoDev.Evolver.Experiments.Variant.KeyOf($"v{number}"), Iteration = 1, Number = number,
        ParentKeys = [],
        Mutator = "rewrite_rules", Rules = [], Description = "", Source = $"v{number}", Status = VariantStatus.Proposed,
    };

    static TrialInput Input(string value, bool isRecorded, double ms = 1) =>
        new($$"""{"i":{{value}}}""", isRecorded, new("ok", value, null, null, null, ms, ms, 9000));

    static TrialInput Failing(bool isRecorded) => new("""{"i":0}""", isRecorded, new("exception", null, "KeyError", "'k'", "…", 1, 1, 9000));

    static InputResult Ok(string value, double ms = 1) => new() { Ended = "ok", ValueJson = value, CpuMs = ms };

    static InputResult Raises(string type, double ms = 1) => new() { Ended = "exception", ExceptionType = type, CpuMs = ms };

    static InputResult Cut(string ended = "timeout") => new() { Ended = ended, CpuMs = 1 };

    static SandboxRunCompleted Run(params InputResult[] results) => new()
    {
        RunId = Guid.NewGuid(), WorkspaceId = "w", RequestedBy = "evolver", SubjectId = Guid.NewGuid(), Status = "completed", Results = results,
        CompletedAt = Now,
    };
}
