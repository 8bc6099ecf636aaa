using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>One input on which a try went wrong.</summary>
/// <param name="Input">JSON text of the arguments, or words where it is too long to keep.</param>
/// <param name="Expected">JSON text of the right answer, where it is known.</param>
/// <param name="Got">JSON text of the answer, where there was one.</param>
/// <param name="Ended">Why the call ended, where there was no answer.</param>
/// <param name="Traceback">The exception and its last frames.</param>
public sealed record FailedCase(string Input, string? Expected, string? Got, string Ended, string? Traceback);

/// <summary>What is to be said to a generator about a try that came to nothing. Nothing of it comes from an example that is held out.</summary>
public sealed record FailedTry
{
    /// <summary>The generator that wrote it.</summary>
    public required string Generator { get; init; }

    /// <summary>Its source.</summary>
    public required string Source { get; init; }

    /// <summary>What was found wrong with it, in words.</summary>
    public required IReadOnlyList<string> Objections { get; init; }

    /// <summary>The first inputs on which it went wrong.</summary>
    public required IReadOnlyList<FailedCase> Cases { get; init; }

    /// <summary>Whether it says what is to be done: what failed by held-out examples alone cannot be told.</summary>
    public required bool CanBeMended { get; init; }

    const int MostCases = 5;

    // These may have failed by held-out examples alone; the others have not.
    static readonly HashSet<string> ByAnyExample = new(StringComparer.Ordinal) { "execution", "output_format", "held_out" };

    // The evidence of these speaks of the source alone; that of others quotes examples, which may be held out.
    static readonly HashSet<string> AboutTheSource = new(StringComparer.Ordinal) { "syntax", "type_hints", "docstring", "security", "security_scan" };

    /// <summary>Pure: of a candidate whose code did not pass, or was rejected; <c>null</c> where there is no code to speak of.</summary>
    /// <param name="failed">The candidate.</param>
    /// <param name="next">What the next try may see and what not.</param>
    public static FailedTry? Of(SkillCandidate failed, FailureAnalysis next)
    {
        if (failed is not { Generated: { } code, Validation: { } validation }) return null;
        var heldOut = next.HeldOut.Select(e => e.InputJson).ToHashSet(JsonEquality.OfTexts);
        List<FailedCase> cases =
        [
            .. failed.Plan.Zip(validation.Outcomes)
                .Where(p => WentWrong(p.First, p.Second) && (p.First.InputJson is null || !heldOut.Contains(p.First.InputJson)))
                .Take(MostCases)
                .Select(p => Case(p.First, p.Second)),
        ];
        return new()
        {
            Generator = code.Generator,
            Source = code.Source,
            Objections = [.. validation.Checks.Where(c => c.Verdict == Verdict.Failed || (c.Verdict == Verdict.Warning && AboutTheSource.Contains(c.Name))).Select(c => Objection(c, validation))],
            Cases = cases,
            CanBeMended = cases.Count > 0 || validation.Outcomes.Count == 0 || validation.Checks.Any(c => c.Verdict == Verdict.Failed && !ByAnyExample.Contains(c.Name)),
        };
    }

    static FailedCase Case(PlannedInput input, InputOutcome outcome) => new(
        input.InputJson ?? input.Description ?? "", input.ExpectedJson, outcome.ValueJson, outcome.Ended,
        outcome switch
        {
            { Ended: "ok" } => null,
            { Traceback: { Length: > 0 } frames } => frames,
            _ => $"{outcome.ExceptionType}: {outcome.Message}",
        });

    static string Objection(Check check, Validation validation) => check.Name switch
    {
        _ when AboutTheSource.Contains(check.Name) || validation.Outcomes.Count == 0 => $"{check.Name}: {check.Evidence}",
        "held_out" => "held_out: It is wrong on examples that are kept back: it must follow the general rule.",
        "expected_outputs" => "expected_outputs: It does not give the right answer, or gives the same one whatever it is given.",
        "determinism" => "determinism: The same input must have the same answer whenever it is given, whatever was called before.",
        "error_handling" => "error_handling: An input that makes no sense must end in an answer, or in a ValueError or TypeError that says what is wrong.",
        _ => $"{check.Name}: A call on an input of the task ends badly, or with a value of another kind than is expected.",
    };

    static bool WentWrong(PlannedInput input, InputOutcome outcome) => input.Kind switch
    {
        InputKind.Hostile => !CandidateChecks.EndsWell(outcome),
        _ when input.ExpectedJson is not null => outcome.Correct != true,
        _ => outcome.Ended != "ok",
    };
}
