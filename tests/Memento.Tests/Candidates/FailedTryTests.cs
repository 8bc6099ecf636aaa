using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

public sealed class FailedTryTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Of_what_is_held_out_nothing_is_said_and_of_the_rest_each_failing_case()
    {
        var failed = Refuted("model", input => input.Contains("INV-1038", StringComparison.Ordinal) || input.Contains("INV-1075", StringComparison.Ordinal)
            ? new() { Ended = "exception", ExceptionType = "KeyError", Message = "m", Traceback = "t" } : MementoFixture.FindInvoiceId(input));

        var said = failed.TryAgain(3)!;
        Assert.Equal((CandidateStatus.Generating, 2, failed.Revision, null, null), (said.Status, said.Tries, said.Revision, said.Generated, said.FailureReason));
        Assert.Contains("INV-1038", Assert.Single(said.LastTry!.Cases).Input, StringComparison.Ordinal);
        Assert.DoesNotContain(said.LastTry.Objections.Concat(said.LastTry.Cases.Select(c => c.ToString())), t => t.Contains("INV-1075", StringComparison.Ordinal));
    }

    [Fact]
    public void What_only_held_out_examples_show_is_not_for_the_same_candidate_to_mend()
    {
        foreach (var wrong in new InputResult[] { new() { Ended = "ok", ValueJson = "\"INV-0\"" }, new() { Ended = "exception", ExceptionType = "KeyError" }, new() { Ended = "ok", ValueJson = "7" } })
            Assert.Null(Refuted("model", input => input.Contains("INV-1075", StringComparison.Ordinal) ? wrong : MementoFixture.FindInvoiceId(input)).TryAgain(3));

        var failed = Refuted("model", input => input.Contains("INV-1075", StringComparison.Ordinal) ? new() { Ended = "ok", ValueJson = "\"INV-0\"" } : MementoFixture.FindInvoiceId(input));
        Assert.Equal(CandidateStatus.ValidationFailed, failed.Status);

        // The next attempt sees it, and may be told so.
        var next = FailureAnalysis.Of(failed.TaskDescription, failed.Episodes, failed.MustBeSeenNext());
        Assert.Contains(FailedTry.Of(failed, next)!.Cases, c => c.Input.Contains("INV-1075", StringComparison.Ordinal));
    }

    [Fact]
    public void A_search_has_one_try_and_a_model_as_many_as_are_set()
    {
        static InputResult Wrong(string input) => new() { Ended = "ok", ValueJson = "1" };
        Assert.Null(Refuted("by-example", Wrong).TryAgain(3));
        Assert.NotNull(Refuted("model", Wrong).TryAgain(2));
        Assert.Null((Refuted("model", Wrong) with { Tries = 2 }).TryAgain(2));
    }

    static SkillCandidate Refuted(string generator, Func<string, InputResult> call)
    {
        var pattern = MementoFixture.Pattern("w");
        var proposed = RequestSkillConsumer.Decide(pattern, CandidateId.Of(pattern.PatternId, 1), previous: null, conversation: null, Now) with
        {
            Generated = new() { Generator = generator, FunctionName = "f", Parameters = ["email"], Source = "def f(email): pass", Description = "" },
        };
        var (asked, run) = ValidationPlan.Ask(proposed, "w", Now);
        return ValidateCandidateConsumer.Decide(asked, MementoFixture.Answer(run, call), Now);
    }
}
