using System.Globalization;
using static AutoDev.Governance.Diagnosis.Finding;

namespace AutoDev.Governance.Diagnosis;

/// <summary>Pure: how far the loop has come for the agent, one question a station. The other services own the facts.</summary>
static class LoopQuestions
{
    static readonly TimeSpan Window = TimeSpan.FromDays(7);
    static readonly string[] SecurityChecks = ["security", "security_scan"];

    public static Finding Failures(DiagnosisFacts f)
    {
        const string asks = "Were failures of the agent recorded?";
        if (f.Failures.Value is not { } failures) return Unknown("failures", asks, f.Failures.Unknown!);
        if (failures.Items.Count > 0)
            return Ok("failures", asks, "Yes.", $"The last: \"{failures.Items[0].TaskDescription}\" at {failures.Items[0].RecordedAt:u}.");
        var episodes = f.Agent?.Evidence.Episodes ?? 0;
        return episodes > 0
            ? Idle("failures", asks, "No: it has not failed, so there is nothing to learn.", [$"{episodes} episodes are counted, none of them a failure."])
            : Blocks("failures", asks, "No: no episode of this agent has come in.", [$"Reflection has no episode of {f.AgentId} in this workspace."],
                "Let the agent report its episodes: JSON on autodev.ingest with the routing key episode.failed, or POST …/episodes of Reflection.",
                "Look at Reflection's dead letters: a report that is not valid ends there, with the reason.");
    }

    public static Finding Pattern(DiagnosisFacts f)
    {
        const string asks = "Did the same task fail often enough?";
        if (f.Patterns.Value is not { } told) return Unknown("pattern", asks, f.Patterns.Unknown!);
        var patterns = told.Items.Where(p => p.State != "merged").ToList(); // another has its failures
        if (patterns.Count == 0)
            return Idle("pattern", asks, "There is no failure pattern.", ["Reflection files a failure under its task within moments."]);

        var threshold = f.Settings.FailureThreshold;
        var newest = patterns[0];
        string[] facts =
        [
            $"failure_threshold is {threshold}.",
            .. patterns.Take(5).Select(p =>
                $"\"{p.TaskDescription}\": {p.Failures} {(p.Failures == 1 ? "failure" : "failures")}, {p.State}{Why(p.Reason)}, pattern {p.PatternId}."),
        ];
        return newest.State switch
        {
            "open" when newest.Failures < threshold =>
                Blocks("pattern", asks, $"No: {newest.Failures} of {threshold} failures, {threshold - newest.Failures} more within 7 days.", facts,
                "Wait for the next failure of the same task, or lower failure_threshold (1 learns from the first).",
                "Several patterns of one failure each: word the same task the same way, or the failures are taken for different tasks.",
                $"Or ask for a candidate by hand: POST …/patterns/{newest.PatternId}/retry of Reflection."),
            "open" when f.Now - newest.LastFailureAt > Window => Idle("pattern", asks, "It did, more than 7 days ago, when it was not allowed to learn.", facts,
                $"POST …/patterns/{newest.PatternId}/retry of Reflection learns from it now."),
            "dismissed" => Blocks("pattern", asks, "It did, and an operator dismissed the pattern.", facts,
                $"POST …/patterns/{newest.PatternId}/retry of Reflection takes it up again."),
            "retry" => Ok("pattern", asks, "Yes; the last attempt at it came to nothing, see below.", facts),
            "resolved" => Ok("pattern", asks, "Yes, and a skill was published for it.", facts),
            _ => Ok("pattern", asks, "Yes.", facts),
        };
    }

    public static Finding Generator(DiagnosisFacts f)
    {
        const string asks = "Is a generator configured, and does it find something?";
        if (f.Generator.Value is not { } generator) return Unknown("generator", asks, f.Generator.Unknown!);
        if (f.Candidates.Value is not { } candidates) return Unknown("generator", asks, f.Candidates.Unknown!);
        string[] facts = [string.Create(CultureInfo.InvariantCulture,
            $"{generator.Name}: the search takes up to {generator.TimeBudgetSeconds:0.#} seconds for a candidate; {generator.AtWork} in the workspace wait."),
            .. generator.Model is { Problem: { } problem } chosen ? [$"{chosen.Model} of {chosen.Provider} cannot be asked: {problem}"] : (string[])[]];
        return (candidates.Items is [var newest, ..] ? newest : null) switch
        {
            { Status: "generation_failed" } failed =>
                Blocks("generator", asks, $"It found no program for {failed.SkillName}: {failed.FailureReason}", [.. facts, Of(failed)],
                "Report expected_output with the failures, the right answer that a person or a system supplied: the by-example generator learns from nothing else.",
                generator.Model is null ? "Or choose a language model, which is asked where the search finds nothing: the setting model_provider, with a price in model_prices."
                    : "Or remove what keeps the language model from answering: the facts and the reason say what it is.",
                "Report more failures of the same kind, with different inputs: it is then tried again by itself.",
                $"Or regenerate it with a hint: POST …/candidates/{failed.Id}/regenerate of Memento."),
            { Status: "generating" } working => Waits(
                "generator", asks, $"It is at work on {working.SkillName} since {working.UpdatedAt:u}.", [.. facts, Of(working)],
                "Wait; if it stays so, look at Memento's health and at its dead letters."),
            _ => Ok("generator", asks, "Yes.", facts),
        };
    }

    public static Finding Sandbox(DiagnosisFacts f)
    {
        const string asks = "Is the sandbox's engine there?";
        if (f.Engine.Value is not { } engine) return Unknown("sandbox", asks, f.Engine.Unknown!);
        string[] facts =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"A run has {engine.TimeoutSeconds:0.#} seconds and {engine.MemoryMb} MB unless it asks for other limits."),
            $"{engine.Waiting} of the workspace's runs wait, {engine.Running} run{(engine.OldestWaitsSince is { } at ? $"; the oldest waits since {at:u}" : "")}.",
        ];
        return engine.Available
            ? Ok("sandbox", asks, "Yes.", facts)
            : Blocks("sandbox", asks, $"No: {engine.Reason}", [$"Nothing runs since {engine.Since:u}.", .. facts],
                "Start the Docker engine, or repair what the reason names; nothing is ever run outside the sandbox.",
                "What waits runs by itself then. What ended as sandbox_unavailable meanwhile is regenerated: POST …/candidates/{id}/regenerate of Memento.");
    }

    public static Finding Security(DiagnosisFacts f)
    {
        const string asks = "Is the newest candidate's code safe?";
        if (NewestChecks(f, "security", asks) is not { Checks: { } checks } newest) return NewestChecks(f, "security", asks).Instead!;
        var failed = checks.Checks.Where(c => SecurityChecks.Contains(c.Name, StringComparer.Ordinal) && c.Verdict == "failed").ToList();
        var warned = checks.Checks.Where(c => SecurityChecks.Contains(c.Name, StringComparer.Ordinal) && c.Verdict == "warning").ToList();
        if (failed.Count > 0 && checks.Status is "validation_failed")
        {
            return Blocks("security", asks, $"No: the security scan found what must not be in a skill; candidate {checks.Id} ended with it.",
                [.. failed.Select(Says)],
                "Do not use the code. A secret in an example's expected output is learned like any other text: report the failures without it.",
                $"Then regenerate it: POST …/candidates/{checks.Id}/regenerate of Memento; the findings go to the generator.",
                "Rotate a secret that was in it.");
        }

        return Ok(
            "security", asks, warned.Count == 0 ? "Yes, as far as the scan can tell." : "Look at it: the scan has lesser findings.", [.. warned.Select(Says)]);
    }

    public static Finding Validation(DiagnosisFacts f)
    {
        const string asks = "Did the newest candidate pass its checks in the sandbox?";
        if (NewestChecks(f, "validation", asks) is not { Checks: { } checks }) return NewestChecks(f, "validation", asks).Instead!;
        var failed = checks.Checks.Where(c => c.Verdict == "failed" && !SecurityChecks.Contains(c.Name, StringComparer.Ordinal)).ToList();
        return checks.Status switch
        {
            "validation_failed" when failed.Count > 0 =>
                Blocks("validation", asks, $"No: {string.Join(", ", failed.Select(c => c.Name))} failed.", [.. failed.Select(Says)],
                "Report more failures with different inputs and their right answers: the next attempt sees what this one got wrong.",
                $"Or regenerate it with a hint: POST …/candidates/{checks.Id}/regenerate of Memento.",
                "A timeout or a lack of memory: see whether the task needs it, then raise Sandbox__TimeoutSeconds (60) or Sandbox__MemoryMb (256)."),
            "proposed" => Waits("validation", asks, $"It waits for the sandbox or runs there: candidate {checks.Id}.", [],
                "Wait; see the question about the sandbox if it stays so."),
            _ => Ok("validation", asks, checks.Status is "generating" or "generation_failed" ? "There is no code yet." : "Yes."),
        };
    }

    public static Finding Review(DiagnosisFacts f)
    {
        const string asks = "Does a candidate wait for a person?";
        if (f.Candidates.Value is not { } candidates) return Unknown("review", asks, f.Candidates.Unknown!);
        var waiting = candidates.Items.Where(c => c.Status == "validated").ToList();
        if (waiting.Count == 0 && candidates.Items is [{ Status: "rejected" } rejected, ..])
        {
            return Idle("review", asks, "No; the newest was rejected, and its task is tried again with a new failure.", [Of(rejected)],
                $"Or regenerate it now: POST …/candidates/{rejected.Id}/regenerate of Memento; the rejection's reason goes to the generator.");
        }

        return waiting.Count == 0
            ? Ok("review", asks, "No.")
            : Waits("review", asks, $"Yes: {waiting.Count} proven {(waiting.Count == 1 ? "candidate waits" : "candidates wait")} for a decision.",
                [.. waiting.Select(Of)],
                "Review them in the Console, or POST …/candidates/{id}/approve or …/reject of Memento. A rejection's reason guides the next attempt.");
    }

    public static Finding Signals(DiagnosisFacts f)
    {
        const string asks = "Have external signals come in for the agent's skills?";
        if (f.Candidates.Value is not { } candidates) return Unknown("signals", asks, f.Candidates.Unknown!);
        if (f.Pending.Value is not { } pending) return Unknown("signals", asks, f.Pending.Unknown!);
        var own = candidates.Items.Where(c => c.PublishedVersion is not null)
            .SelectMany(c => new[] { $"candidate:{c.Id}", $"skill:{c.SkillName}@{c.PublishedVersion}" })
            .ToHashSet(StringComparer.Ordinal);
        var waiting = pending.Items.Where(s => own.Contains(s.Subject)).ToList();
        if (waiting.Count == 0) return Ok("signals", asks, own.Count == 0 ? "There is no published skill yet that could get any." : "Yes.");
        List<string> facts = [.. waiting.Select(s =>
            string.Create(CultureInfo.InvariantCulture, $"{s.Subject} is pending at {s.Score:0.##}, of {s.SignalCount} proxy signals."))];
        List<string> advice =
        [
            "Let the systems that see the outcome report it: POST …/signals of Fitness, or JSON on autodev.ingest with the routing key fitness.signal.",
            $"Or do not wait any longer: POST …/scores/{waiting[0].Subject}/evaluate of Fitness.",
        ];
        if (f.Waiting.Value is { Items.Count: > 0 } lost)
        {
            facts.Add($"Signals came for subjects that nobody has spoken of: {string.Join(", ", lost.Items.Take(5).Select(s => s.Subject))}.");
            advice.Insert(0, "Correct the subject that the sender names: the signals that came are kept, for subjects that do not exist.");
        }

        return Waits("signals", asks, "No: the scores wait for external signals.", facts, [.. advice]);
    }

    /// <summary>The newest candidate's checks, or the answer to give where they are not known.</summary>
    static (ChecksTold? Checks, Finding? Instead) NewestChecks(DiagnosisFacts f, string question, string asks)
    {
        if (f.Candidates.Value is null) return (null, Unknown(question, asks, f.Candidates.Unknown!));
        return f.Newest switch
        {
            null => (null, Ok(question, asks, "There is no candidate yet.")),
            { Value: null } => (null, Unknown(question, asks, f.Newest.Unknown!)),
            _ => (f.Newest.Value, null),
        };
    }

    static string Why(string? reason) => reason is null ? "" : $" ({reason})";

    static string Of(CandidateTold candidate) => $"Candidate {candidate.Id}, {candidate.SkillName}: {candidate.Status} since {candidate.UpdatedAt:u}.";

    static string Says(CheckTold check) => $"{check.Name}: {check.Evidence}";
}
