using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

/// <summary>Verdicts on hand-made answers of the sandbox, the negative controls among them.</summary>
public sealed class CandidateChecksTests
{
    static readonly GeneratedSkill Skill = new()
    {
        Generator = "by-example", FunctionName = "extract_invoice_id", Parameters = ["email"], Source = "def extract_invoice_id(email): ...", Description = "Extracts.",
    };

    static readonly PlannedInput[] Plan =
    [
        Planned(InputKind.Seen, "\"INV-1\""), Planned(InputKind.Seen, "\"INV-2\""), Planned(InputKind.HeldOut, "\"INV-3\""), Planned(InputKind.Unanswered, null),
        Hostile("no arguments at all"), Hostile("email: empty"), Hostile("email: null"), Hostile("email: very long (100,000 characters)", makesNoSense: false),
    ];

    static readonly SourceShape GoodShape = new() { DefinesFunction = true, HasTypeHints = true, HasDocstring = true, Parameters = ["email"] };

    static readonly InputResult[] GoodResults =
    [
        Ok("\"INV-1\""), Ok("\"INV-2\""), Ok("\"INV-3\""), Ok("\"INV-9\""), Raised("TypeError", "missing 1 required argument: 'email'"), Raised("ValueError", "no invoice ID found"),
        Raised("TypeError", "email must be a string"), Ok("\"INV-1\""),
    ];

    [Fact]
    public void A_right_function_passes_every_check()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(GoodResults));
        Assert.True(validation.Passed, validation.FailureReason);
        Assert.All(validation.Checks, c => Assert.Equal(c.Name == "determinism" ? Verdict.NotApplicable : Verdict.Passed, c.Verdict));
        Assert.Equal((1, 1, true), (validation.HeldOutPassed, validation.HeldOutTotal, validation.ExecutionSuccess));
        Assert.Equal([true, true, true, null, null, null, null, null], validation.Outcomes.Select(o => o.Correct));
    }

    [Fact]
    public void A_wrong_answer_on_a_seen_example_fails_with_what_was_said_and_what_was_expected()
    {
        var check = Failed("expected_outputs", With(1, Ok("\"INV-7\"")));
        Assert.Contains("\"INV-7\" instead of \"INV-2\"", check.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_memorises_its_examples_fails_on_the_held_out_one()
    {
        var results = With(2, Raised("KeyError", "'mail'"), With(3, Raised("KeyError", "'mail'")));
        Assert.Contains("1 of 1 answers are wrong: KeyError", Failed("held_out", results).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_always_raises_fails_as_never_returning()
    {
        var results = Plan.Select(_ => Raised("ValueError", "no")).ToArray();
        Assert.Contains("never returns", Failed("execution", results).Evidence, StringComparison.Ordinal);
        Assert.False(CandidateChecks.Judge(Skill, Plan, Run(results)).ExecutionSuccess);
    }

    [Fact]
    public void Where_no_answer_is_known_one_that_never_returns_or_always_says_the_same_fails_too()
    {
        PlannedInput[] plan = [Planned(InputKind.Unanswered, null), Planned(InputKind.Unanswered, null), .. Plan[4..]];
        var raises = CandidateChecks.Judge(Skill, plan, Run([.. plan.Select(_ => Raised("ValueError", "no"))]));
        Assert.Contains("never returns", Of(raises, "execution", Verdict.Failed).Evidence, StringComparison.Ordinal);
        var constant = CandidateChecks.Judge(Skill, plan, Run([.. plan.Select(_ => Ok("\"x\""))]));
        Assert.Contains("whatever it is given", Of(constant, "expected_outputs", Verdict.Failed).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_module_fails_for_want_of_the_function()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, NotRun("load_failed", "the function is missing", new SourceShape { DefinesFunction = false }));
        Assert.Contains("does not define the function extract_invoice_id", Of(validation, "execution", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Of(validation, "syntax", Verdict.Passed);
        Of(validation, "expected_outputs", Verdict.NotApplicable);
        Of(validation, "docstring", Verdict.NotApplicable);
        Assert.Equal(0, validation.HeldOutPassed);
    }

    [Fact]
    public void A_source_that_is_no_python_fails_on_its_syntax()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, NotRun("load_failed", "line 3: invalid syntax", null) with { SyntaxError = true });
        Assert.Contains("line 3", Of(validation, "syntax", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Assert.True(validation.SyntaxError);
    }

    [Fact]
    public void A_module_that_exits_while_it_loads_fails_with_that_reason()
    {
        var check = Of(CandidateChecks.Judge(Skill, Plan, NotRun("load_failed", "SystemExit: 0", GoodShape)), "execution", Verdict.Failed);
        Assert.Contains("SystemExit", check.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constant_answer_fails_as_such_even_where_every_example_has_that_answer()
    {
        PlannedInput[] plan = [Planned(InputKind.Seen, "\"x\""), Planned(InputKind.Seen, "\"x\""), .. Plan[4..]];
        var validation = CandidateChecks.Judge(Skill, plan, Run([.. plan.Select(_ => Ok("\"x\""))]));
        Assert.Contains("whatever it is given", Of(validation, "expected_outputs", Verdict.Failed).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_answer_to_the_very_long_input_made_of_a_good_one_is_not_a_constant_answer()
    {
        PlannedInput[] plan = [Planned(InputKind.Seen, "\"x\""), .. Plan[4..]];
        InputResult[] results = [Ok("\"x\""), .. GoodResults[4..7], Ok("\"x\"")];
        Assert.True(CandidateChecks.Judge(Skill, plan, Run(results)).Passed);
    }

    [Fact]
    public void A_wrong_arity_fails_with_both_signatures()
    {
        var results = Plan.Select(_ => Raised("TypeError", "f() got an unexpected keyword argument 'email'")).ToArray();
        var validation = CandidateChecks.Judge(Skill, Plan, Run(results, GoodShape with { Parameters = ["text", "limit"] }));
        Assert.Contains("takes (text, limit) and is called with (email)", Of(validation, "execution", Verdict.Failed).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exception", "SystemExit")]
    [InlineData("exception", "KeyboardInterrupt")]
    [InlineData("exception", "MemoryError")]
    [InlineData("exception", null)]
    [InlineData("timeout", null)]
    [InlineData("out_of_memory", null)]
    [InlineData("killed", null)]
    [InlineData("not_run", null)]
    [InlineData("output_too_large", null)]
    [InlineData("result_not_json", null)]
    [InlineData("something new", null)]
    public void A_hostile_input_must_not_end_like_this(string ended, string? exception)
    {
        var bad = new InputResult { Ended = ended, ExceptionType = exception, Message = "m" };
        Assert.Contains("email: empty", Failed("error_handling", With(5, bad)).Evidence, StringComparison.Ordinal);
        Failed("execution", With(3, bad)); // nor may an episode's input, even where its answer is unknown
    }

    [Theory]
    [InlineData("AttributeError", "'NoneType' object has no attribute 'strip'")]
    [InlineData("RecursionError", "maximum recursion depth exceeded")]
    [InlineData("ValueError", "")]
    public void An_exception_that_does_not_say_what_is_wrong_with_a_hostile_input_is_a_warning(string type, string message)
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(With(6, Raised(type, message))));
        Of(validation, "error_handling", Verdict.Warning);
        Assert.True(validation.Passed);
    }

    [Fact]
    public void Raising_where_the_answer_is_unknown_is_a_warning()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(With(3, Raised("ValueError", "no invoice ID found"))));
        Of(validation, "execution", Verdict.Warning);
        Assert.True(validation.Passed);
        Assert.False(validation.ExecutionSuccess);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("""["INV-9"]""")]
    [InlineData("""{"id":"INV-9"}""")]
    [InlineData("true")]
    public void An_answer_of_another_kind_than_the_examples_fails(string answer) => Failed("output_format", With(3, Ok(answer)));

    [Fact]
    public void None_where_the_answer_is_unknown_is_only_a_warning() =>
        Of(CandidateChecks.Judge(Skill, Plan, Run(With(3, Ok("null")))), "output_format", Verdict.Warning);

    [Fact]
    public void An_answer_that_claims_to_be_ok_and_is_not_json_is_no_answer() => Failed("execution", With(0, Ok("INV-1")));

    [Theory]
    [InlineData("dangerous-import", "security", Verdict.Failed)]
    [InlineData("ends-the-process", "security", Verdict.Failed)]
    [InlineData("a-rule-of-tomorrow", "security", Verdict.Failed)]
    [InlineData("sql-from-text", "red_flags", Verdict.Warning)]
    public void A_red_flag_has_its_consequence_and_its_line(string rule, string check, string verdict)
    {
        var shape = GoodShape with { RedFlags = [new() { Rule = rule, Line = 7, Message = "imports os" }] };
        Assert.Contains("line 7", Of(CandidateChecks.Judge(Skill, Plan, Run(GoodResults, shape)), check, verdict).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("high", Verdict.Failed)]
    [InlineData("a severity of tomorrow", Verdict.Failed)]
    [InlineData("medium", Verdict.Warning)]
    [InlineData("low", Verdict.Warning)]
    public void The_security_scan_fails_or_warns_by_its_gravest_finding_and_names_the_lines(string severity, string verdict)
    {
        SecurityFinding[] found =
        [
            new() { Rule = "no-timeout", Severity = "low", Line = 3, Why = "It can hang; for ever.", Repair = "Pass timeout=." },
            new() { Rule = "sql-injection", Severity = severity, Line = 7, Why = "A statement from text.", Repair = "Use parameters." },
        ];
        var validation = CandidateChecks.Judge(Skill, Plan, Run(GoodResults) with { SecurityFindings = found });
        var evidence = Of(validation, "security_scan", verdict).Evidence;
        Assert.Contains("line 3: It can hang, for ever. (no-timeout, low)", evidence, StringComparison.Ordinal);
        Assert.Contains($"line 7: A statement from text. (sql-injection, {severity})", evidence, StringComparison.Ordinal);
        Assert.Equal(found, validation.SecurityFindings);
    }

    [Fact]
    public void An_input_that_is_given_twice_must_have_the_same_answer()
    {
        PlannedInput[] plan = [.. Plan, Again(3), Again(0)];
        Of(CandidateChecks.Judge(Skill, plan, Run([.. GoodResults, Ok("\"INV-9\""), Ok("\"INV-1\"")])), "determinism", Verdict.Passed);
        Of(CandidateChecks.Judge(Skill, Plan, Run(GoodResults)), "determinism", Verdict.NotApplicable);
        Of(CandidateChecks.Judge(Skill, plan, Run([.. GoodResults, NotRunAny, NotRunAny])), "determinism", Verdict.NotApplicable);

        var other = CandidateChecks.Judge(Skill, plan, Run([.. GoodResults, Ok("\"INV-8\""), Ok("\"INV-1\"")]));
        Assert.Contains("1 of 2 inputs", Of(other, "determinism", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Assert.Contains("\"INV-9\", then \"INV-8\"", Of(other, "determinism", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Assert.Equal(Plan.Length, other.Outcomes.Count);
        Of(CandidateChecks.Judge(Skill, plan, Run([.. GoodResults, Raised("KeyError", "'x'"), Ok("\"INV-1\"")])), "determinism", Verdict.Failed);
    }

    [Fact]
    public void An_exception_that_comes_twice_is_the_same_answer_whatever_it_says()
    {
        PlannedInput[] plan = [.. Plan, Again(3)];
        var results = With(3, Raised("ValueError", "no invoice ID found"));
        Of(CandidateChecks.Judge(Skill, plan, Run([.. results, Raised("ValueError", "none at 0x7f")])), "determinism", Verdict.Passed);
        Of(CandidateChecks.Judge(Skill, plan, Run([.. results, Raised("TypeError", "no invoice ID found")])), "determinism", Verdict.Failed);
    }

    [Fact]
    public void Null_for_whatever_is_of_a_wrong_type_hides_errors_unless_null_is_a_right_answer()
    {
        PlannedInput[] plan = [.. Plan.Select((p, i) => i is 4 or 6 ? p with { IsOfWrongType = true } : p)];
        var results = With(4, Ok("null"), With(6, Ok("null")));
        Assert.Contains("hides errors", Of(CandidateChecks.Judge(Skill, plan, Run(results)), "error_handling", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Of(CandidateChecks.Judge(Skill, plan, Run(With(4, Ok("null")))), "error_handling", Verdict.Passed);

        PlannedInput[] tolerant = [plan[0] with { ExpectedJson = "null" }, .. plan[1..]];
        Of(CandidateChecks.Judge(Skill, tolerant, Run(With(0, Ok("null"), results))), "error_handling", Verdict.Passed);
    }

    [Fact]
    public void Printing_beside_a_right_answer_is_a_warning()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(With(0, Ok("\"INV-1\"") with { Stdout = "found it\n" })));
        Assert.Contains("found it", Of(validation, "output_format", Verdict.Warning).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_ran_without_a_scan_is_not_trusted()
    {
        var (unscanned, failed) = (Run(GoodResults) with { SecurityFindings = null }, Run(GoodResults) with { SecurityFindings = null, SecurityScanFailed = "it took too long" });
        Of(CandidateChecks.Judge(Skill, Plan, unscanned), "security_scan", Verdict.Failed);
        Assert.Contains("it took too long", Of(CandidateChecks.Judge(Skill, Plan, failed), "security_scan", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Of(CandidateChecks.Judge(Skill, Plan, unscanned with { Status = "sandbox_unavailable", Results = [] }), "security_scan", Verdict.NotApplicable);
    }

    [Fact]
    public void Missing_type_hints_and_docstring_are_warnings()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(GoodResults, GoodShape with { HasDocstring = false, HasTypeHints = false }));
        Of(validation, "type_hints", Verdict.Warning);
        Of(validation, "docstring", Verdict.Warning);
        Assert.True(validation.Passed);
    }

    [Fact]
    public void Fewer_results_than_inputs_fail_and_judge_nothing()
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(GoodResults[..3]));
        Assert.Contains("3 of 8", Of(validation, "execution", Verdict.Failed).Evidence, StringComparison.Ordinal);
        Assert.Empty(validation.Outcomes);
    }

    [Fact]
    public void Too_few_examples_to_hold_one_out_are_said_to_be_so()
    {
        PlannedInput[] plan = [.. Plan[..2], .. Plan[4..]];
        var validation = CandidateChecks.Judge(Skill, plan, Run([.. GoodResults[..2], .. GoodResults[4..]]));
        Of(validation, "held_out", Verdict.NotApplicable);
        Assert.True(validation.Passed);
    }

    [Fact]
    public void Without_a_sandbox_nothing_is_validated_and_the_reason_names_it()
    {
        var candidate = Proposed();
        var next = ValidateCandidateConsumer.Decide(candidate, NotRun("sandbox_unavailable", "no engine", null), DateTimeOffset.UnixEpoch);
        Assert.Equal((CandidateStatus.ValidationFailed, "sandbox_unavailable: no engine"), (next.Status, next.FailureReason));
        Assert.True(next.CanBeRegenerated);
    }

    [Fact]
    public void The_next_attempt_sees_what_this_one_saw_and_what_it_got_wrong()
    {
        var candidate = Proposed();
        var failed = ValidateCandidateConsumer.Decide(candidate, Run(With(2, Ok("\"wrong\""))), DateTimeOffset.UnixEpoch);
        Assert.Equal(CandidateStatus.ValidationFailed, failed.Status);
        Assert.Equal([.. candidate.Analysis.Seen.Select(e => e.InputJson), Plan[2].InputJson!], failed.MustBeSeenNext());
    }

    [Fact]
    public void A_long_or_many_lined_text_out_of_the_sandbox_is_quoted_short_and_on_one_line()
    {
        var evidence = Failed("expected_outputs", With(0, Raised("ValueError", "a\n\u001b[31m" + new string('x', 5000)))).Evidence;
        Assert.DoesNotContain(evidence, char.IsControl);
        Assert.InRange(evidence.Length, 1, 1000);
    }

    static SkillCandidate Proposed() => new()
    {
        Id = Guid.NewGuid(), Revision = 2, Status = CandidateStatus.Proposed, PatternId = Guid.NewGuid(), Attempt = 1, AgentId = "a", TaskDescription = "t", Episodes = [],
        Analysis = FailureAnalysis.Of("t", [new() { EpisodeId = "e", TaskDescription = "t", InputJson = """{"email":"first"}""", ExpectedOutputJson = "1" }]),
        DetectedAt = DateTimeOffset.UnixEpoch, CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, Generated = Skill, Plan = Plan,
    };

    static Check Failed(string check, InputResult[] results)
    {
        var validation = CandidateChecks.Judge(Skill, Plan, Run(results));
        Assert.False(validation.Passed);
        return Of(validation, check, Verdict.Failed);
    }

    static Check Of(Validation validation, string check, string verdict)
    {
        var found = validation.Checks.Single(c => c.Name == check);
        Assert.Equal(verdict, found.Verdict);
        return found;
    }

    static InputResult[] With(int index, InputResult result, InputResult[]? others = null)
    {
        InputResult[] results = [.. others ?? GoodResults];
        results[index] = result;
        return results;
    }

    static SandboxRunCompleted Run(InputResult[] results, SourceShape? shape = null) => new()
    {
        RunId = Guid.Empty, WorkspaceId = "w", RequestedBy = "memento", SubjectId = Guid.Empty, Status = "completed", Shape = shape ?? GoodShape, Results = results,
        CompletedAt = DateTimeOffset.UnixEpoch, SecurityFindings = [],
    };

    static SandboxRunCompleted NotRun(string status, string reason, SourceShape? shape) => Run([]) with { Status = status, Reason = reason, Shape = shape };

    static InputResult Ok(string value) => new() { Ended = "ok", ValueJson = value };

    static InputResult Raised(string type, string message) => new() { Ended = "exception", ExceptionType = type, Message = message };

    static InputResult NotRunAny => new() { Ended = "not_run" };

    static PlannedInput Again(int index) => new() { Kind = InputKind.Again, InputJson = null, Repeats = index };

    static PlannedInput Planned(string kind, string? expected) =>
        new() { Kind = kind, InputJson = $$"""{"email":"{{kind}} {{expected?.Trim('"')}}"}""", ExpectedJson = expected, EpisodeId = "e" };

    static PlannedInput Hostile(string what, bool makesNoSense = true) => new() { Kind = InputKind.Hostile, InputJson = "{}", Description = what, MakesNoSense = makesNoSense };
}
