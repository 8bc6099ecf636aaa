using AutoDev.OperatorConsole.Activities;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Activities;

public sealed class DescribeTests
{
    readonly Said _said = Said.In("w");

    [Fact]
    public void A_failure_is_told_with_its_task_and_the_line_that_names_the_error() =>
        Assert.Equal("ada failed at “Extract the invoice ID”: ValueError: no invoice id found", Describe.Of(_said.Failed("1")).Words);

    [Fact]
    public void The_same_fact_said_twice_has_one_id_and_two_facts_have_two()
    {
        Assert.Equal(Describe.Of(_said.Detected("1", "2")).Id, Describe.Of(_said.Detected("1", "2")).Id);
        Assert.NotEqual(Describe.Of(_said.Detected("1")).Id, Describe.Of(_said.Detected("1") with { Attempt = 2 }).Id);
        string[] ids = [Describe.Of(_said.Proposed()).Id, Describe.Of(_said.Validated()).Id, Describe.Of(_said.Approved()).Id,
            Describe.Of(_said.Rejected()).Id];
        Assert.Equal(4, ids.Distinct().Count());
    }

    [Fact]
    public void What_was_imported_has_no_pattern_in_common_with_anything_and_no_agent()
    {
        var entry = Describe.Of(_said.Proposed() with { PatternId = Guid.Empty, AgentId = "", Generator = "import" });
        Assert.Equal("extract_invoice_id was imported and goes to the sandbox now", entry.Words);
        Assert.Null(entry.AgentId);
        Assert.Equal([$"candidate:{_said.Candidate}"], entry.Subjects);
        Assert.Equal([$"candidate:{_said.Candidate}", $"pattern:{_said.Pattern}"], Describe.Of(_said.Proposed()).Subjects);
    }

    [Fact]
    public void What_operators_decide_on_a_skill_is_told_with_who_and_why()
    {
        var back = Describe.Of(new Contracts.Memento.SkillRolledBack
        {
            WorkspaceId = "w", SkillName = "tidy", Version = "1.0.0", FromVersion = "1.1.0", Revision = 3, Reason = "too slow", RolledBackBy = "olga",
            RolledBackAt = Said.Noon,
        });
        Assert.Equal("olga rolled tidy back from 1.1.0 to 1.0.0: too slow", back.Words);
        Assert.Contains("skill:tidy@1.1.0", back.Subjects);
        var retired = Describe.Of(new Contracts.Memento.SkillRetired
        {
            WorkspaceId = "w", SkillName = "tidy", Version = "1.0.0", Revision = 4, Reason = "wrong", RetiredBy = "olga", RetiredAt = Said.Noon,
        });
        var restored = Describe.Of(new Contracts.Memento.SkillRestored
        {
            WorkspaceId = "w", SkillName = "tidy", Version = "1.0.0", Revision = 5, Reason = "mended", RestoredBy = "olga", RestoredAt = Said.Noon,
        });
        Assert.Equal("olga restored tidy; agents get 1.0.0 again: mended", restored.Words);
        Assert.Equal(3, new[] { back.Id, retired.Id, restored.Id }.Distinct().Count());
    }

    [Fact]
    public void Text_of_others_is_cut_and_has_no_control_characters_but_keeps_its_letters()
    {
        var words = Describe.Of(_said.Failed("1") with { TaskDescription = "a\0b\u001b[31m 💥" + new string('x', 5000), ErrorTrace = "lone \ud800 half" }).Words;
        Assert.InRange(words.Length, 100, 600);
        Assert.DoesNotContain(words, char.IsControl);
        Assert.Contains("a b", words, StringComparison.Ordinal);
        Assert.Contains("💥", words, StringComparison.Ordinal);
        Assert.Contains("lone \ufffd half", words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_names_the_candidate_it_ran_but_an_operators_own_test_names_none()
    {
        var run = _said.Ran();
        Assert.Contains($"candidate:{_said.Candidate}", Describe.Of(run).Subjects);
        Assert.Contains($"mutation:{_said.Candidate}", Describe.Of(run with { RequestedBy = "evolver" }).Subjects);
        Assert.Equal([$"run:{run.RunId}"], Describe.Of(run with { SubjectId = run.RunId }).Subjects);
        Assert.Equal("1 of 2 sandboxed calls ended well, in 12.3 ms", Describe.Of(run).Words);
    }

    [Theory]
    [InlineData(-0.5, "grace gives -0.5 for what ada did: half wrong", Tone.Bad)]
    [InlineData(1, "grace gives +1 for what ada did: half wrong", Tone.Good)]
    public void Feedback_is_told_with_who_gave_it_and_what_was_said(double value, string words, Tone tone)
    {
        var entry = Describe.Of(new Contracts.Reflection.EpisodeFeedbackGiven
        {
            WorkspaceId = "w", EpisodeId = "1", AgentId = "ada", FeedbackId = "f", Value = value, Comment = "half wrong", GivenBy = "grace",
            GivenAt = Said.Noon,
        });
        Assert.Equal((words, tone), (entry.Words, entry.Tone));
        Assert.Equal(["episode:1"], entry.Subjects);
    }

    [Theory]
    [InlineData(null, Tone.Good)]
    [InlineData(Contracts.Governance.Maturity.Student, Tone.Good)]
    [InlineData(Contracts.Governance.Maturity.Autonomous, Tone.Bad)]
    public void An_agent_set_back_is_bad_news(Contracts.Governance.Maturity? before, Tone tone) =>
        Assert.Equal(tone, Describe.Of(new Contracts.Governance.AgentMaturityChanged
    {
        WorkspaceId = "w", AgentId = "ada", Version = 2, Maturity = Contracts.Governance.Maturity.Intern, Previous = before, Reason = "r", ChangedBy = "ann",
        ChangedAt = Said.Noon,
    }).Tone);

    [Fact]
    public void The_second_loop_is_told_from_the_experiment_to_the_version_taken_back()
    {
        var (experiment, mutation) = (Guid.NewGuid(), _said.Candidate);
        var started = new Contracts.Evolver.ExperimentStarted
        {
            WorkspaceId = "w", ExperimentId = experiment, SkillName = "sum", Version = "1.0.0", Reason = "execution_time", StartedBy = "system:trigger",
            Iterations = 3, StartedAt = Said.Noon,
        };
        Assert.Equal("An execution started an experiment with sum 1.0.0, to better its execution time in up to 3 rounds", Describe.Of(started).Words);
        Assert.Equal(Tone.Attention, Describe.Of(_said.Completed()).Tone);
        Assert.Equal(Tone.Bad, Describe.Of(_said.Completed() with { Passed = false }).Tone);
        var back = Describe.Of(new Contracts.Evolver.MutationRolledBack
        {
            WorkspaceId = "w", MutationId = mutation, SkillName = "sum", Version = "1.0.1", RolledBackTo = "1.0.0", Reason = "9 of 40 failed",
            RolledBackAt = Said.Noon,
        });
        Assert.Equal("sum 1.0.1 was taken back, agents get 1.0.0: 9 of 40 failed", back.Words);
        Assert.Equal([$"mutation:{mutation}", "skill:sum@1.0.1"], back.Subjects);
        Assert.Contains($"mutation:{mutation}", Describe.Of(_said.Published() with { MutationId = mutation }).Subjects);
        Assert.Equal("The rule of auto-promotion approved a mutation of sum_of_squares 1.0.0",
            Describe.Of(_said.MutationApproved() with { ApprovedBy = "system:auto_promote" }).Words);
    }

    [Fact]
    public void A_drop_is_told_with_its_figures_and_the_moment_from_which_on()
    {
        var drop = new Contracts.Fitness.FitnessDropped { WorkspaceId = "w", Subject = "skill:sum@1.0.1", Before = 0.83, After = 0.55, PValue = 0.004,
            Since = Said.Noon, FoundAt = Said.Noon };
        Assert.Equal("The outcomes of sum 1.0.1 became worse: 0.83 before, 0.55 since 2026-03-01 12:00 UTC", Describe.Of(drop).Words);
    }

    [Fact]
    public void Scores_with_a_revision_are_told_by_it_and_earlier_ones_by_their_signals()
    {
        Assert.NotEqual(Describe.Of(_said.Scored(0.5, 2) with { Revision = 4 }).Id, Describe.Of(_said.Scored(0.4, 2) with { Revision = 5 }).Id);
        Assert.Equal(Describe.Of(_said.Scored(0.5, 2)).Id, Describe.Of(_said.Scored(0.5, 2)).Id);
    }
}
