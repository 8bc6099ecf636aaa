using AutoDev.Contracts.Reflection;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

public sealed class FailureAnalysisTests
{
    const string Task = "Extract the invoice ID from customer e-mails";

    [Fact]
    public void Every_third_example_is_held_out_and_the_order_stays()
    {
        var analysis = FailureAnalysis.Of(Task, [.. Enumerable.Range(1, 7).Select(i => Episode(i, $"\"{i}\""))]);
        Assert.Equal(["e1", "e2", "e4", "e5", "e7"], analysis.Seen.Select(e => e.EpisodeId));
        Assert.Equal(["e3", "e6"], analysis.HeldOut.Select(e => e.EpisodeId));
    }

    [Fact]
    public void Two_examples_are_both_seen()
    {
        var analysis = FailureAnalysis.Of(Task, [Episode(1, "1"), Episode(2, "2")]);
        Assert.Equal(2, analysis.Seen.Count);
        Assert.Empty(analysis.HeldOut);
    }

    [Fact]
    public void The_split_is_the_same_every_time_and_is_not_moved_by_later_episodes()
    {
        PatternEpisode[] episodes = [.. Enumerable.Range(1, 9).Select(i => Episode(i, $"{i}"))];
        var before = FailureAnalysis.Of(Task, episodes[..6]);
        var after = FailureAnalysis.Of(Task, episodes);
        Assert.Equal(before.Seen, FailureAnalysis.Of(Task, episodes[..6]).Seen);
        Assert.Equal(before.HeldOut, after.HeldOut.Take(2));
        Assert.Equal(before.Seen, after.Seen.Take(4));
    }

    [Fact]
    public void Two_hundred_episodes_are_all_analysed_and_a_pattern_that_never_ends_to_grow_tests_a_candidate_on_five_hundred()
    {
        PatternEpisode[] said = [.. Enumerable.Range(0, 200).Select(i => Episode(i, $"{i}"))];
        var candidate = RequestSkillConsumer.Decide(Pattern(said), Guid.NewGuid(), null, null, DateTimeOffset.UnixEpoch);
        Assert.Equal((134, 66), (candidate.Analysis.Seen.Count, candidate.Analysis.HeldOut.Count));

        for (var i = 200; i < 10_000; i += 100) candidate = candidate.WithTests([.. Enumerable.Range(i, 100).Select(n => Episode(n, $"{n}"))]);
        Assert.Equal((500, 134, 366), (candidate.Episodes.Count, candidate.Analysis.Seen.Count, candidate.Analysis.HeldOut.Count));
        Assert.InRange(ValidationPlan.For(candidate.Analysis).Count, 500, 1000);
        Assert.Same(candidate, candidate.WithTests([Episode(10_000, "1")]));
    }

    [Fact]
    public void However_long_the_inputs_are_they_fit_into_one_run()
    {
        const int mostCharacters = 16 << 20; // the sandbox runner's
        var part = new string('x', UsableJson.MaxLength - 100);
        var candidate = RequestSkillConsumer.Decide(Pattern([Episode(1, "1")]), Guid.NewGuid(), null, null, DateTimeOffset.UnixEpoch);
        for (var i = 2; i < 500; i += 83)
            candidate = candidate.WithTests([.. Enumerable.Range(i, 83).Select(n => Episode(n, $"{n}") with { InputJson = $$"""{"email":"{{n}} {{part}}"}""" })]);
        Assert.InRange(candidate.Episodes.Count, 200, 250);
        Assert.InRange(ValidationPlan.For(candidate.Analysis).Sum(p => p.InputJson!.Length), 10 << 19, mostCharacters);
    }

    [Fact]
    public void What_is_seen_once_is_seen_for_ever_whatever_comes_between_in_whatever_order()
    {
        PatternEpisode[] first = [.. Enumerable.Range(1, 6).Select(i => Episode(i, $"{i}"))];
        var before = FailureAnalysis.Of(Task, first);
        PatternEpisode[] mixed = [.. Enumerable.Range(7, 6).Select(i => Episode(i, $"{i}")).Concat(first).Reverse()];
        var after = FailureAnalysis.Of(Task, mixed, [.. before.Seen.Select(e => e.InputJson)]);
        Assert.Subset(after.Seen.Select(e => e.EpisodeId).ToHashSet(StringComparer.Ordinal), before.Seen.Select(e => e.EpisodeId).ToHashSet(StringComparer.Ordinal));
        Assert.Empty(after.Seen.Intersect(after.HeldOut));
        Assert.Equal(12, after.Seen.Count + after.HeldOut.Count);
    }

    static FailurePatternDetected Pattern(IReadOnlyList<PatternEpisode> episodes) => new()
    {
        PatternId = Guid.NewGuid(), WorkspaceId = "w", AgentId = "a", TaskDescription = Task, Attempt = 1, Episodes = episodes, DetectedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void The_same_input_written_differently_is_one_example_and_the_later_answer_counts()
    {
        var analysis = FailureAnalysis.Of(Task,
        [
            new() { EpisodeId = "e1", TaskDescription = Task, InputJson = """{"a":1,"b":"x"}""", ExpectedOutputJson = "\"old\"" },
            new() { EpisodeId = "e2", TaskDescription = Task, InputJson = """{ "b": "x", "a": 1 }""", ExpectedOutputJson = "\"new\"" },
            new() { EpisodeId = "e3", TaskDescription = Task, InputJson = """{"a":1,"b":"x"}""" },
        ]);
        var example = Assert.Single(analysis.Seen);
        Assert.Equal(("e2", "\"new\""), (example.EpisodeId, example.ExpectedJson));
        Assert.Empty(analysis.Unanswered);
        Assert.Contains(analysis.Notes, n => n.Contains("e1 and e2", StringComparison.Ordinal));
    }

    [Fact]
    public void The_answer_null_is_an_answer()
    {
        var analysis = FailureAnalysis.Of(Task, [Episode(1, "null"), Episode(2, null)]);
        Assert.Equal("null", Assert.Single(analysis.Seen).ExpectedJson);
        Assert.Equal("e2", Assert.Single(analysis.Unanswered).EpisodeId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":1,"a":2}""")]
    public void An_input_that_is_no_object_is_left_out_and_said_so(string? input)
    {
        var analysis = FailureAnalysis.Of(Task, [new() { EpisodeId = "e1", TaskDescription = Task, InputJson = input, ExpectedOutputJson = "1" }, Episode(2, "1")]);
        Assert.Equal("e2", Assert.Single(analysis.Seen).EpisodeId);
        Assert.Contains("1 of 2 episodes", Assert.Single(analysis.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_or_answer_that_the_sandbox_or_the_generator_would_stumble_over_spoils_no_other()
    {
        var tooLong = $$"""{"email":"{{new string('x', UsableJson.MaxLength)}}"}""";
        var analysis = FailureAnalysis.Of(Task, [new() { EpisodeId = "long", TaskDescription = Task, InputJson = tooLong, ExpectedOutputJson = "1" }, Episode(1, "\"\\ud800\""), Episode(2, "2")]);
        Assert.Equal("e2", Assert.Single(analysis.Seen).EpisodeId);
        Assert.Equal("e1", Assert.Single(analysis.Unanswered).EpisodeId);
        Assert.Single(analysis.Notes);
    }

    [Fact]
    public void What_must_be_seen_is_seen_and_of_the_others_two_in_three_are_held_out()
    {
        PatternEpisode[] episodes = [.. Enumerable.Range(1, 6).Select(i => Episode(i, $"{i}"))];
        var analysis = FailureAnalysis.Of(Task, episodes, [episodes[2].InputJson!]);
        Assert.Equal(["e1", "e3", "e5"], analysis.Seen.Select(e => e.EpisodeId));
        Assert.Equal(["e2", "e4", "e6"], analysis.HeldOut.Select(e => e.EpisodeId));
    }

    [Fact]
    public void Tools_and_errors_are_told_once_each_with_the_frequent_error_first()
    {
        static PatternEpisode Failed(string id, string error, params string[] tools) =>
            new() { EpisodeId = id, TaskDescription = Task, ErrorTrace = error, ToolsAttempted = tools };
        var analysis = FailureAnalysis.Of(Task,
        [
            Failed("e1", "Traceback:\n  line 1\nKeyError: 'id'\n", "regex", "search"),
            Failed("e2", "Traceback:\n  line 7\nValueError: none", "regex"),
            Failed("e3", "ValueError: none", "llm"),
            Failed("e4", ""),
        ]);
        Assert.Equal(["regex", "search", "llm"], analysis.ToolsTried);
        Assert.Equal(["ValueError: none (2 times)", "KeyError: 'id'"], analysis.Errors);
    }

    static PatternEpisode Episode(int i, string? expected) => new()
    {
        EpisodeId = $"e{i}", TaskDescription = Task, InputJson = $$"""{"email":"mail {{i}}"}""", ExpectedOutputJson = expected,
    };
}
