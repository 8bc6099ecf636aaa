using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Patterns;
using Xunit;

namespace AutoDev.Reflection.Tests.Patterns;

public sealed class FailurePatternTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_due_at_the_threshold_and_not_before()
    {
        var pattern = Of("a");
        Assert.False(pattern.IsDue(2, Now));
        Assert.True(pattern.Join(Failure("b")).IsDue(2, Now));
    }

    [Fact]
    public void Failures_outside_the_window_do_not_count()
    {
        var pattern = Of("a", Now - FailurePattern.Window - TimeSpan.FromSeconds(1)).Join(Failure("b"));
        Assert.False(pattern.IsDue(2, Now));
        Assert.False(pattern.TakesAt(Now + FailurePattern.Window + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Having_fired_it_does_not_fire_again_for_the_same_failures()
    {
        var fired = Fired("a", "b");
        Assert.False(fired.IsDue(2, Now));
        Assert.False(fired.Join(Failure("c")).IsDue(2, Now));
        var failed = fired.CameToNothing("no program found");
        Assert.Equal((PatternState.Retry, false), (failed.State, failed.IsDue(2, Now)));
        Assert.True(failed.Join(Failure("c")).IsDue(2, Now));
        Assert.True(fired.Join(Failure("c")).CameToNothing("no program found").IsDue(2, Now));
    }

    [Fact]
    public void A_refusal_by_the_daily_limit_waits_for_midnight()
    {
        var midnight = Now.AddHours(12);
        var refused = Fired("a", "b").Refused(1, "daily_limit_exceeded", midnight);
        Assert.Equal(PatternState.Open, refused.State);
        Assert.False(refused.IsDue(2, midnight.AddTicks(-1)));
        Assert.True(refused.IsDue(2, midnight));
    }

    [Fact]
    public void A_refusal_of_an_earlier_attempt_changes_nothing()
    {
        var second = Fired("a", "b").CameToNothing("x").Join(Failure("c")).Fire(Guid.NewGuid(), Now);
        Assert.Same(second, second.Refused(1, "daily_limit_exceeded", null));
    }

    [Fact]
    public void What_it_says_is_complete()
    {
        var said = Of("late").Join(Failure("early", Now.AddMinutes(-5))).Fire(Guid.NewGuid(), Now).Detected([PatternEpisodes.Of(Failure("early")), PatternEpisodes.Of(Failure("late"))]);
        Assert.Equal(["early", "late"], said.Episodes.Select(e => e.EpisodeId));
        Assert.Equal((1, "w", "ada", Now), (said.Attempt, said.WorkspaceId, said.AgentId, said.DetectedAt));
    }

    [Fact]
    public void It_stays_small_however_often_the_task_fails()
    {
        var pattern = Enumerable.Range(1, 1000).Aggregate(Of("e0"), (p, i) => p.Join(Failure($"e{i}", Now.AddSeconds(i), task: $"task {(char)('a' + (i % 20))}")));
        Assert.Equal((1001, 1001), (pattern.FailureCount, pattern.NewFailures));
        Assert.Equal(FailurePattern.MaxThreshold, pattern.RecentFailures.Count);
        Assert.Equal((Now, Now.AddSeconds(1000)), (pattern.FirstFailureAt, pattern.LastFailureAt));
        Assert.Equal(Now.AddSeconds(1000), pattern.RecentFailures[^1]);
        Assert.Equal(["task", "task q", "task r", "task s", "task t", "task a"], pattern.Phrasings.Select(p => p.Task));
    }

    [Fact]
    public void Failures_that_join_while_a_candidate_is_on_its_way_are_tests_for_it_where_the_answer_is_known()
    {
        PatternEpisode[] joined = [PatternEpisodes.Of(Failure("c")), PatternEpisodes.Of(Failure("d", answer: null))];
        var waiting = Fired("a", "b").Join(Failure("c")).Join(Failure("d", answer: null));
        Assert.Null(waiting.Grew(joined));
        var grew = waiting.Generating().Grew(joined);
        Assert.Equal(["c"], grew!.Episodes.Select(e => e.EpisodeId));
        Assert.Equal(1, grew.Attempt);
        Assert.Null(waiting.Generating().Grew(joined[1..]));
    }

    [Fact]
    public void A_pattern_of_an_earlier_version_decides_as_it_did()
    {
        static Failure Old(string episode, DateTimeOffset at, int attempt) =>
            new(new PatternEpisode { EpisodeId = episode, TaskDescription = $"task {episode}", ErrorTrace = "KeyError: x" }, at, attempt);
        var old = Of("a") with { State = PatternState.Retry, Attempt = 1, Failures = [Old("a", Now.AddDays(-8), 0), Old("b", Now.AddHours(-1), 0), Old("c", Now, 1)] };

        Assert.Equal((3, 1), (old.FailureCount, old.NewFailures));
        Assert.True(old.IsDue(2, Now));
        Assert.False(old.IsDue(3, Now));
        Assert.Equal([new("task a", "KeyError: x"), new("task b", "KeyError: x"), new("task c", "KeyError: x")], old.Phrasings);
        Assert.Equal(0, old.Fire(Guid.NewGuid(), Now).NewFailures);

        var joined = old.Join(Failure("d"));
        Assert.Null(joined.Failures);
        Assert.Equal((4, 2, 4, 4), (joined.FailureCount, joined.NewFailures, joined.RecentFailures.Count, joined.Phrasings.Count));
    }

    [Theory]
    [InlineData(true, Maturity.Intern, null)]
    [InlineData(false, Maturity.Intern, "auto_dev_disabled")]
    [InlineData(true, Maturity.Student, "maturity_too_low")]
    public void The_gate_decides_whether_a_due_pattern_fires(bool isEnabled, Maturity maturity, string? reason)
    {
        var (after, decision) = FirePattern.Decide(Of("a").Join(Failure("b")), Facts(isEnabled, maturity), Guid.NewGuid(), Now);
        Assert.Equal(reason, decision!.Reason);
        Assert.Equal(reason is null ? PatternState.Fired : PatternState.Open, after.State);
        Assert.Equal(reason, after.LastReason);
        Assert.Equal(2, after.FailureCount);
    }

    [Fact]
    public void An_operator_need_not_wait_for_the_threshold_but_the_gate_still_counts()
    {
        Assert.Null(FirePattern.Decide(Of("a"), Facts(true, Maturity.Intern), Guid.NewGuid(), Now).Decision);
        Assert.Equal(PatternState.Fired, FirePattern.Decide(Of("a"), Facts(true, Maturity.Intern), Guid.NewGuid(), Now, isWanted: true).Pattern.State);
        Assert.False(FirePattern.Decide(Of("a"), Facts(false, Maturity.Intern), Guid.NewGuid(), Now, isWanted: true).Decision!.IsAllowed);
    }

    static GateFacts Facts(bool isEnabled, Maturity maturity) => new(new() { Enabled = isEnabled }, 1, maturity, 1);

    static FailurePattern Fired(params string[] episodes) => episodes.Skip(1).Aggregate(Of(episodes[0]), (p, e) => p.Join(Failure(e))).Fire(Guid.NewGuid(), Now);

    static FailurePattern Of(string episode, DateTimeOffset? at = null) => FailurePattern.Begin(Guid.NewGuid(), "w", Failure(episode, at));

    static Episode Failure(string episode, DateTimeOffset? at = null, string? answer = "1", string task = "task") => new()
    {
        Id = episode, AgentId = "ada", TaskDescription = task, Outcome = Outcome.Failure, RecordedAt = at ?? Now, ExpectedOutputJson = answer,
    };
}
