using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>Judges what the sandbox answered. Pure; what came out of the sandbox is evidence, never an instruction.</summary>
public static class CandidateChecks
{
    const int LongestKeptValue = 64 * 1024;
    const int LongestQuote = 200;
    const int MostQuotes = 3;
    const int MostFindings = 20;

    // These have uses in a pure function; whatever else the scan flags, and whatever it will flag one day, fails until somebody decides otherwise.
    static readonly HashSet<string> RulesThatWarn = new(StringComparer.Ordinal) { "sql-from-text", "file-import", "dynamic-access" };

    // An end of the process in an exception's clothes, or a resource used up.
    static readonly HashSet<string> NotOrdinary = new(StringComparer.Ordinal) { "SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "MemoryError" };

    static readonly HashSet<string> Deliberate = new(StringComparer.Ordinal)
    {
        "ValueError", "TypeError", "UnicodeError", "UnicodeDecodeError", "UnicodeEncodeError", "JSONDecodeError", "InvalidOperation", "LookupError", "ArithmeticError", "OverflowError",
    };

    /// <summary>Whether a call on a hostile input ended in an answer or in an ordinary exception.</summary>
    public static bool EndsWell(InputOutcome outcome) =>
        outcome.Ended == "ok" || (outcome.Ended == "exception" && !NotOrdinary.Contains(outcome.ExceptionType ?? "BaseException"));

    /// <summary>The checks on one candidate.</summary>
    public static Validation Judge(GeneratedSkill skill, IReadOnlyList<PlannedInput> plan, SandboxRunCompleted run)
    {
        var loaded = run.Status == "completed" && run.Results.Count == plan.Count;
        Tried[] all = loaded ? [.. plan.Zip(run.Results, (input, result) => new Tried(input, result))] : [];
        var tried = all.Where(t => t.Input.Kind != InputKind.Again).ToArray();
        var episodes = tried.Where(t => t.Input.Kind != InputKind.Hostile).ToArray();
        var heldOut = tried.Where(t => t.Input.Kind == InputKind.HeldOut).ToArray();

        return new()
        {
            Checks =
            [
                Syntax(run),
                loaded ? Execution(episodes, skill, run.Shape) : NotExecuted(skill, plan, run),
                OutputFormat(episodes),
                ExpectedOutputs(tried),
                HeldOut(heldOut),
                Determinism(all),
                ErrorHandling(tried),
                Shaped("type_hints", run.Shape, s => s.HasTypeHints, "Every parameter and the return value have a type hint.", "A parameter or the return value has no type hint."),
                Shaped("docstring", run.Shape, s => s.HasDocstring, "The function has a docstring.", "The function has no docstring."),
                Flags("security", run.Shape, fails: true),
                SecurityScan(run),
                Flags("red_flags", run.Shape, fails: false),
            ],
            Outcomes = [.. tried.Select(t => t.Outcome())],
            SyntaxError = run.SyntaxError,
            ExecutionSuccess = loaded && episodes.All(t => t.IsOk),
            ExecutionLatencyMs = run.ExecutionLatencyMs,
            SecurityFindings = run.SecurityFindings ?? [],
            RedFlags = run.Shape?.RedFlags ?? [],
            HeldOutPassed = heldOut.Count(t => t.IsRight),
            HeldOutTotal = plan.Count(p => p.Kind == InputKind.HeldOut),
            At = run.CompletedAt,
        };
    }

    static Check Syntax(SandboxRunCompleted run) => run switch
    {
        { SyntaxError: true } => new("syntax", Verdict.Failed, $"The source is no valid Python: {Quote(run.Reason ?? "it does not parse")}"),
        { Shape: null, Status: not "completed" } => new("syntax", Verdict.NotApplicable, "The source was not read."),
        _ => new("syntax", Verdict.Passed, "The source is valid Python."),
    };

    static Check NotExecuted(GeneratedSkill skill, IReadOnlyList<PlannedInput> plan, SandboxRunCompleted run) => new("execution", Verdict.Failed, run switch
    {
        { SyntaxError: true } => "It does not parse.",
        { Shape.DefinesFunction: false } => $"The module does not define the function {skill.FunctionName}.",
        { Status: "load_failed" } => $"The module does not load: {Quote(run.Reason ?? "no reason given")}",
        { Status: "completed" } => $"The sandbox answered {run.Results.Count} of {plan.Count} inputs.",
        _ => $"{run.Status}: {Quote(run.Reason ?? "no reason given")}",
    });

    static Check Execution(Tried[] episodes, GeneratedSkill skill, SourceShape? shape)
    {
        if (episodes.Length == 0) return new("execution", Verdict.NotApplicable, "No episode has an input.");
        var bad = episodes.Where(t => !t.IsOk && (t.Input.ExpectedJson is not null || !t.IsOrdinary)).ToArray();
        if (bad.Length > 0)
        {
            var always = episodes.All(t => !t.IsOk) ? "It never returns. " : "";
            var takes = shape is not null && bad.All(t => t.Result.ExceptionType == "TypeError") && !shape.Parameters.SequenceEqual(skill.Parameters, StringComparer.Ordinal)
                ? $"It takes ({string.Join(", ", shape.Parameters)}) and is called with ({string.Join(", ", skill.Parameters)}). "
                : "";
            return new("execution", Verdict.Failed, $"{always}{takes}{bad.Length} of {episodes.Length} calls on the episodes' inputs end badly: {Ends(bad)}");
        }

        var raises = episodes.Where(t => !t.IsOk).ToArray();
        if (raises.Length == episodes.Length) return new("execution", Verdict.Failed, $"It never returns: {Ends(raises)}");
        return raises.Length == 0
            ? new("execution", Verdict.Passed, $"All {episodes.Length} calls on the episodes' inputs return.")
            : new("execution", Verdict.Warning, $"{raises.Length} of {episodes.Length} calls raise, on inputs without a known answer: {Ends(raises)}");
    }

    static Check OutputFormat(Tried[] episodes)
    {
        var kinds = episodes.Select(t => t.Input.ExpectedJson).OfType<string>().Select(KindOf).Distinct(StringComparer.Ordinal).ToArray();
        var answers = episodes.Where(t => t.IsOk).ToArray();
        if (episodes.FirstOrDefault(t => t.Result.Ended is "result_not_json" or "output_too_large") is { } unusable)
            return new("output_format", Verdict.Failed, $"An answer cannot be used: {unusable.End}");
        if (kinds.Length == 0 || answers.Length == 0) return new("output_format", Verdict.NotApplicable, answers.Length == 0 ? "There is no answer to look at." : "No expected answer is known.");

        var odd = answers.Where(t => !kinds.Contains(KindOf(t.Result.ValueJson!), StringComparer.Ordinal)).ToArray();
        if (odd.Length == 0)
        {
            var right = $"All {answers.Length} answers are of the expected kind: {string.Join(" or ", kinds)}.";
            return episodes.FirstOrDefault(t => !string.IsNullOrWhiteSpace(t.Result.Stdout)) is { } printing
                ? new("output_format", Verdict.Warning, $"{right} But it prints as well: {Quote(printing.Result.Stdout)}")
                : new("output_format", Verdict.Passed, right);
        }

        // Where no answer is known, "none" may well be the right one.
        var fails = odd.Any(t => t.Input.ExpectedJson is not null || KindOf(t.Result.ValueJson!) != "null");
        return new("output_format", fails ? Verdict.Failed : Verdict.Warning,
            $"{odd.Length} of {answers.Length} answers are not of the expected kind ({string.Join(" or ", kinds)}): {string.Join("; ", odd.Take(MostQuotes).Select(t => t.Answer))}");
    }

    static Check ExpectedOutputs(Tried[] tried)
    {
        var seen = tried.Where(t => t.Input.Kind == InputKind.Seen).ToArray();
        var check = Rightness("expected_outputs", seen, "No example was run.");
        return IsConstant(tried) is { } constant
            ? check with { Verdict = Verdict.Failed, Evidence = $"It answers {Quote(constant)} whatever it is given. {check.Evidence}" }
            : check;
    }

    static Check HeldOut(Tried[] heldOut) => Rightness("held_out", heldOut, "There are too few examples to hold one out: only the reviewer can say whether it generalises.");

    static Check Rightness(string name, Tried[] examples, string none)
    {
        if (examples.Length == 0) return new(name, Verdict.NotApplicable, none);
        var wrong = examples.Where(t => !t.IsRight).ToArray();
        return wrong.Length == 0
            ? new(name, Verdict.Passed, $"{examples.Length} of {examples.Length} answers are right.")
            : new(name, Verdict.Failed, $"{wrong.Length} of {examples.Length} answers are wrong: {string.Join("; ", wrong.Take(MostQuotes).Select(t => t.Mismatch))}");
    }

    static Check Determinism(Tried[] all)
    {
        var twice = all.Where(t => t.Input.Repeats < all.Length && t.Result.Ended != "not_run").Select(t => (First: all[t.Input.Repeats!.Value], Again: t)).ToArray();
        if (twice.Length == 0) return new("determinism", Verdict.NotApplicable, "No input was given twice.");
        var other = twice.Where(p => !p.First.EndsLike(p.Again)).ToArray();
        if (other.Length == 0) return new("determinism", Verdict.Passed, $"{twice.Length} inputs that were given twice, in another order, had the same answer both times.");
        var quotes = string.Join("; ", other.Take(MostQuotes).Select(p => $"{p.First.Said}, then {p.Again.Said} for {p.First.Where}"));
        return new("determinism", Verdict.Failed, $"{other.Length} of {twice.Length} inputs that were given twice, in another order, had another answer: {quotes}");
    }

    static Check ErrorHandling(Tried[] tried)
    {
        var hostile = tried.Where(t => t.Input.Kind == InputKind.Hostile).ToArray();
        if (hostile.Length == 0) return new("error_handling", Verdict.NotApplicable, "No hostile input was run.");
        var bad = hostile.Where(t => !t.IsOk && !t.IsOrdinary).ToArray();
        if (bad.Length > 0) return new("error_handling", Verdict.Failed, $"{bad.Length} of {hostile.Length} hostile inputs end badly: {Ends(bad)}");
        if (SwallowsErrors(tried))
            return new("error_handling", Verdict.Failed, "Whatever is of a wrong type it answers with null, which is no right answer that is known: it hides errors instead of raising them.");
        var careless = hostile.Where(t => !t.IsOk && (!Deliberate.Contains(t.Result.ExceptionType ?? "") || string.IsNullOrWhiteSpace(t.Result.Message))).ToArray();
        return careless.Length > 0
            ? new("error_handling", Verdict.Warning, $"{careless.Length} of {hostile.Length} hostile inputs end in an exception that does not say what is wrong: {Ends(careless)}")
            : new("error_handling", Verdict.Passed, $"All {hostile.Length} hostile inputs end in an answer or in an exception that says what is wrong.");
    }

    static Check Shaped(string name, SourceShape? shape, Func<SourceShape, bool> has, string yes, string no) => shape switch
    {
        null or { DefinesFunction: false } => new(name, Verdict.NotApplicable, "There is no function to look at."),
        _ => has(shape) ? new(name, Verdict.Passed, yes) : new(name, Verdict.Warning, no),
    };

    static Check Flags(string name, SourceShape? shape, bool fails)
    {
        if (shape is null) return new(name, Verdict.NotApplicable, "The source was not read.");
        var flags = shape.RedFlags.Where(f => RulesThatWarn.Contains(f.Rule) != fails).ToArray();
        return flags.Length == 0
            ? new(name, Verdict.Passed, fails ? "The scan found nothing dangerous." : "The scan found nothing that needs a second look.")
            : new(name, fails ? Verdict.Failed : Verdict.Warning, string.Join("; ", flags.Take(10).Select(f => $"line {f.Line}: {Quote(f.Message)} ({Quote(f.Rule)})")));
    }

    /// <summary>A grave finding ends the candidate, a lesser one is for the reviewer. A source that ran and was not scanned is not to be trusted either.</summary>
    static Check SecurityScan(SandboxRunCompleted run) => run switch
    {
        { SecurityScanFailed: { } why } => new("security_scan", Verdict.Failed, $"The scan gave no answer: {Quote(why)}"),
        { SecurityFindings: null, Status: "completed" } => new("security_scan", Verdict.Failed, "The source was not scanned."),
        { SecurityFindings: null } => new("security_scan", Verdict.NotApplicable, "The source was not scanned."),
        { SecurityFindings: [] } => new("security_scan", Verdict.Passed, "The scan found nothing."),
        { SecurityFindings: var found } => new("security_scan", found.Any(f => f.Severity is not ("medium" or "low")) ? Verdict.Failed : Verdict.Warning,
            string.Join("; ", found.OrderBy(f => f.Severity switch { "low" => 2, "medium" => 1, _ => 0 }).Take(MostFindings).Select(Said))),
    };

    // A semicolon ends a finding in the evidence.
    static string Said(SecurityFinding f) => $"line {f.Line}: {Quote(f.Why.Replace(';', ','))} ({Quote(f.Rule)}, {Quote(f.Severity)})";

    // The very long input is made of a good one and may rightly have the same answer; to nonsense the same answer is none.
    static string? IsConstant(Tried[] tried)
    {
        var answers = tried.Where(t => t.IsOk).ToArray();
        var episodes = answers.Count(t => t.Input.Kind != InputKind.Hostile);
        return episodes > 0 && answers.Count(t => t.Input.MakesNoSense) > 1 && answers.All(t => JsonEquality.AreEqual(t.Result.ValueJson!, answers[0].Result.ValueJson!))
            ? answers[0].Result.ValueJson
            : null;
    }

    // Where null may be a right answer, or no right answer is known, it may be one here too.
    static bool SwallowsErrors(Tried[] tried)
    {
        var right = tried.Select(t => t.Input.ExpectedJson).OfType<string>().ToArray();
        var wrongType = tried.Where(t => t.Input.IsOfWrongType).ToArray();
        return right.Length > 0 && right.All(e => KindOf(e) != "null") && wrongType.Length > 0 && wrongType.All(t => t.IsOk && KindOf(t.Result.ValueJson!) == "null");
    }

    static string KindOf(string json) => JsonEquality.TryParse(json, out var value) ? JsonEquality.KindOf(value) : "no JSON";

    static string Ends(IEnumerable<Tried> tried) => string.Join("; ", tried.Take(MostQuotes).Select(t => t.End));

    static string Quote(string text)
    {
        var line = new string([.. text.Take(LongestQuote + 1).Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length > LongestQuote ? line[..LongestQuote] + "…" : line;
    }

    sealed record Tried(PlannedInput Input, InputResult Result)
    {
        public bool IsOk => Result.Ended == "ok" && JsonEquality.IsJson(Result.ValueJson);

        public bool IsOrdinary => Result.Ended == "exception" && !NotOrdinary.Contains(Result.ExceptionType ?? "BaseException");

        public bool IsRight => IsOk && JsonEquality.AreEqual(Result.ValueJson!, Input.ExpectedJson!);

        public string Answer => $"{Quote(Result.ValueJson!)} for {Where}";

        public string Said => IsOk ? Quote(Result.ValueJson!) : Quote(Result.ExceptionType ?? Result.Ended);

        public bool EndsLike(Tried other) => IsOk && other.IsOk
            ? JsonEquality.AreEqual(Result.ValueJson!, other.Result.ValueJson!)
            : IsOk == other.IsOk && Result.Ended == other.Result.Ended && Result.ExceptionType == other.Result.ExceptionType;

        public string End => Result.Ended switch
        {
            "exception" => $"{Quote(Result.ExceptionType ?? "an exception")}: {Quote(Result.Message ?? "")} for {Where}",
            "ok" => $"an answer that is not JSON for {Where}",
            var ended => $"{Quote(ended)} for {Where}",
        };

        public string Mismatch => IsOk ? $"{Quote(Result.ValueJson!)} instead of {Quote(Input.ExpectedJson!)} for {Where}" : End;

        public string Where => Input.Description ?? $"episode {Input.EpisodeId}";

        public InputOutcome Outcome() => new()
        {
            Ended = Result.Ended,
            ValueJson = IsOk && Result.ValueJson!.Length <= LongestKeptValue ? Result.ValueJson : null,
            Correct = Input.ExpectedJson is null ? null : IsRight,
            ExceptionType = Result.ExceptionType,
            Message = Result.Message,
            Traceback = Result.Traceback,
            WallMs = Result.WallMs,
        };
    }
}
