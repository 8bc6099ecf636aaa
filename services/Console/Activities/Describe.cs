using System.Globalization;
using System.Text;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.OperatorConsole.Fitness;
using AutoDev.OperatorConsole.Mutations;
using AutoDev.OperatorConsole.Review;

namespace AutoDev.OperatorConsole.Activities;

/// <summary>Puts a message into words. Pure, one method a message.</summary>
static class Describe
{
    const int WordsOfOthers = 200;

    public static ActivityEntry Of(EpisodeFailed m) => new()
    {
        Id = $"episode/{m.EpisodeId}", At = m.RecordedAt, Service = "reflection", Message = nameof(EpisodeFailed), AgentId = m.AgentId, Tone = Tone.Bad,
        Words = $"{m.AgentId} {(m.Outcome == "partial" ? "only partly did" : "failed at")} “{Cut(m.TaskDescription)}”{(LastLine(m.ErrorTrace) is { } error ? $": {error}" : "")}",
        Subjects = [$"episode:{m.EpisodeId}"],
    };

    public static ActivityEntry Of(EpisodeSucceeded m) => new()
    {
        Id = $"episode/{m.EpisodeId}", At = m.RecordedAt, Service = "reflection", Message = nameof(EpisodeSucceeded), AgentId = m.AgentId, Tone = Tone.Good,
        Words = $"{m.AgentId} succeeded at “{Cut(m.TaskDescription)}”{(m.SkillsUsed.Count > 0 ? $" with {string.Join(", ", m.SkillsUsed.Take(5))}" : "")}",
        Subjects = [$"episode:{m.EpisodeId}"],
    };

    public static ActivityEntry Of(EpisodeFeedbackGiven m) => new()
    {
        Id = $"feedback/{m.FeedbackId}", At = m.GivenAt, Service = "reflection", Message = nameof(EpisodeFeedbackGiven), AgentId = m.AgentId,
        Tone = m.Value < 0 ? Tone.Bad : m.Value > 0 ? Tone.Good : Tone.Neutral,
        Words = $"{m.GivenBy} gives {m.Value.ToString("+0.##;-0.##;0", CultureInfo.InvariantCulture)} for what {m.AgentId} did{(m.Comment is null ? "" : $": {Cut(m.Comment)}")}",
        Subjects = [$"episode:{m.EpisodeId}"],
    };

    public static ActivityEntry Of(FailurePatternDetected m) => new()
    {
        Id = $"pattern/{m.PatternId}/{m.Attempt}", At = m.DetectedAt, Service = "reflection", Message = nameof(FailurePatternDetected), AgentId = m.AgentId,
        Tone = Tone.Attention,
        Words = $"{m.Episodes.Count} failures of {m.AgentId} at “{Cut(m.TaskDescription)}” are one pattern{(m.Attempt > 1 ? $" (attempt {m.Attempt} at a skill)" : "")}",
        Subjects = [$"pattern:{m.PatternId}", .. m.Episodes.Select(e => $"episode:{e.EpisodeId}")],
    };

    public static ActivityEntry Of(SkillCandidateProposed m) => new()
    {
        Id = $"candidate/{m.CandidateId}/proposed", At = m.ProposedAt, Service = "memento", Message = nameof(SkillCandidateProposed),
        AgentId = Named(m.AgentId),
        Tone = Tone.Neutral, Words = $"{(m.PatternId == Guid.Empty ? $"{m.SkillName} was imported and" : $"{m.Generator} wrote {m.SkillName}, which")} goes to the sandbox now", Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    public static ActivityEntry Of(SkillCandidateValidated m) => new()
    {
        Id = $"candidate/{m.CandidateId}/validated", At = m.ValidatedAt, Service = "memento", Message = nameof(SkillCandidateValidated),
        AgentId = Named(m.AgentId),
        Tone = Tone.Attention,
        Words = $"{m.SkillName} passed every check{(m.HeldOutTotal > 0 ? $", {m.HeldOutPassed} of {m.HeldOutTotal} unseen examples right," : "")} and waits for a person",
        Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    public static ActivityEntry Of(SkillCandidateValidationFailed m) => new()
    {
        Id = $"candidate/{m.CandidateId}/validation_failed", At = m.FailedAt, Service = "memento", Message = nameof(SkillCandidateValidationFailed),
        AgentId = Named(m.AgentId), Tone = Tone.Bad, Words = $"{m.SkillName} did not pass: {Cut(m.Reason)}", Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    public static ActivityEntry Of(SkillCandidateGenerationFailed m) => new()
    {
        Id = $"candidate/{m.CandidateId}/generation_failed", At = m.FailedAt, Service = "memento", Message = nameof(SkillCandidateGenerationFailed),
        AgentId = Named(m.AgentId), Tone = Tone.Bad, Words = $"No skill for {m.SkillName}: {Cut(m.Reason)}", Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    public static ActivityEntry Of(SkillCandidateApproved m) => new()
    {
        Id = $"candidate/{m.CandidateId}/approved", At = m.ApprovedAt, Service = "memento", Message = nameof(SkillCandidateApproved),
        AgentId = Named(m.AgentId),
        Tone = Tone.Good, Words = $"{m.ApprovedBy} approved {m.SkillName}{(m.Reason is { Length: > 0 } reason ? $": {Cut(reason)}" : "")}",
        Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    public static ActivityEntry Of(SkillCandidateRejected m) => new()
    {
        Id = $"candidate/{m.CandidateId}/rejected", At = m.RejectedAt, Service = "memento", Message = nameof(SkillCandidateRejected),
        AgentId = Named(m.AgentId),
        Tone = Tone.Bad, Words = $"{m.RejectedBy} rejected {m.SkillName}: {Cut(m.Reason)}", Subjects = OfCandidate(m.CandidateId, m.PatternId),
    };

    /// <param name="m">The message; it carries no time of its own.</param>
    /// <param name="sentAt">When it was said.</param>
    public static ActivityEntry Of(SkillCandidateRefused m, DateTimeOffset sentAt) => new()
    {
        Id = $"pattern/{m.PatternId}/{m.Attempt}/refused", At = sentAt, Service = "memento", Message = nameof(SkillCandidateRefused), Tone = Tone.Attention,
        Words = $"No candidate was made for a pattern ({InWords(m.Reason)}); the pattern is kept"
            + (m.RetryAt is { } retry ? string.Create(CultureInfo.InvariantCulture, $" and tried again after {retry.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : ""),
        Subjects = [$"pattern:{m.PatternId}"],
    };

    public static ActivityEntry Of(SkillPublished m) => new()
    {
        Id = $"skill/{m.SkillName}@{m.Version}", At = m.PublishedAt, Service = "memento", Message = nameof(SkillPublished), Tone = Tone.Good,
        Words = m.Share < 1
            ? string.Create(CultureInfo.InvariantCulture,
                $"{m.SkillName} {m.Version} is in the catalog; {m.Share:P0} of the agents get it until it is confirmed")
            : $"{m.SkillName} {m.Version} is in the catalog; every agent of the workspace has it",
        // What a mutation became belongs to its experiment's loop, and not once more to the loop of the skill's first version.
        Subjects = [$"skill:{m.SkillName}@{m.Version}", m.MutationId is { } mutation ? $"mutation:{mutation}" : $"candidate:{m.CandidateId}"],
    };

    public static ActivityEntry Of(SkillRolledBack m) => new()
    {
        Id = $"skill/{m.SkillName}/{m.Revision}", At = m.RolledBackAt, Service = "memento", Message = nameof(SkillRolledBack), Tone = Tone.Attention,
        Words = $"{m.RolledBackBy} rolled {m.SkillName} back from {m.FromVersion} to {m.Version}: {Cut(m.Reason)}",
        Subjects = [$"skill:{m.SkillName}@{m.FromVersion}", $"skill:{m.SkillName}@{m.Version}"],
    };

    public static ActivityEntry Of(SkillRetired m) => new()
    {
        Id = $"skill/{m.SkillName}/{m.Revision}", At = m.RetiredAt, Service = "memento", Message = nameof(SkillRetired), Tone = Tone.Attention,
        Words = $"{m.RetiredBy} retired {m.SkillName}; no agent gets it any more: {Cut(m.Reason)}", Subjects = [$"skill:{m.SkillName}@{m.Version}"],
    };

    public static ActivityEntry Of(SkillRestored m) => new()
    {
        Id = $"skill/{m.SkillName}/{m.Revision}", At = m.RestoredAt, Service = "memento", Message = nameof(SkillRestored), Tone = Tone.Good,
        Words = $"{m.RestoredBy} restored {m.SkillName}; agents get {m.Version} again: {Cut(m.Reason)}", Subjects = [$"skill:{m.SkillName}@{m.Version}"],
    };

    public static ActivityEntry Of(SkillVersionConfirmed m) => new()
    {
        Id = $"skill/{m.SkillName}/{m.Revision}", At = m.ConfirmedAt, Service = "memento", Message = nameof(SkillVersionConfirmed), Tone = Tone.Good,
        Words = $"{m.SkillName} {m.Version} has proven itself and goes to every agent: {Cut(m.Reason)}", Subjects = [$"skill:{m.SkillName}@{m.Version}"],
    };

    public static ActivityEntry Of(MutationNotPublished m) => new()
    {
        Id = $"mutation/{m.MutationId}/not_published", At = m.RefusedAt, Service = "memento", Message = nameof(MutationNotPublished), Tone = Tone.Attention,
        Words = $"The approved mutation of {m.SkillName} was not published: {Cut(m.Reason)}", Subjects = [$"mutation:{m.MutationId}"],
    };

    public static ActivityEntry Of(ExperimentStarted m) => new()
    {
        Id = $"experiment/{m.ExperimentId}/started", At = m.StartedAt, Service = "evolver", Message = nameof(ExperimentStarted), AgentId = m.AgentId,
        Tone = Tone.Neutral,
        Words = $"{StartedBy(m)} started an experiment with {m.SkillName} {m.Version}, to better its {MutationWords.Reason(m.Reason)}"
            + (m.Iterations > 1 ? $" in up to {m.Iterations} rounds" : ""),
        Subjects = [$"experiment:{m.ExperimentId}"],
    };

    public static ActivityEntry Of(ExperimentEnded m) => new()
    {
        Id = $"experiment/{m.ExperimentId}/ended", At = m.EndedAt, Service = "evolver", Message = nameof(ExperimentEnded),
        Tone = m.Outcome switch { "improved" => Tone.Good, "failed" => Tone.Bad, _ => Tone.Neutral },
        Words = $"The experiment with {m.SkillName} {m.Version} is over: {Cut(m.Detail)}",
        Subjects = m.MutationId is { } mutation ? [$"experiment:{m.ExperimentId}", $"mutation:{mutation}"] : [$"experiment:{m.ExperimentId}"],
    };

    public static ActivityEntry Of(MutationProposed m) => new()
    {
        Id = $"mutation/{m.MutationId}/proposed", At = m.ProposedAt, Service = "evolver", Message = nameof(MutationProposed), AgentId = m.AgentId,
        Tone = Tone.Neutral,
        Words = $"{Evidence.Title(MutationWords.Mutator(m.Mutator))} changed {m.SkillName} {m.ParentVersion}: {Cut(m.Description)}",
        Subjects = [$"mutation:{m.MutationId}", $"experiment:{m.ExperimentId}"],
    };

    public static ActivityEntry Of(MutationCompleted m) => new()
    {
        Id = $"mutation/{m.MutationId}/completed", At = m.CompletedAt, Service = "evolver", Message = nameof(MutationCompleted), AgentId = m.AgentId,
        Tone = m.Passed ? Tone.Attention : Tone.Bad,
        Words = m.Passed ? $"A mutation of {m.SkillName} {m.ParentVersion} won and waits for a person: {Cut(m.Detail)}"
            : $"A mutation of {m.SkillName} {m.ParentVersion} did not win: {Cut(m.Detail)}",
        Subjects = [$"mutation:{m.MutationId}", $"experiment:{m.ExperimentId}"],
    };

    public static ActivityEntry Of(MutationApproved m) => new()
    {
        Id = $"mutation/{m.MutationId}/approved", At = m.ApprovedAt, Service = "evolver", Message = nameof(MutationApproved), Tone = Tone.Good,
        Words = $"{ApprovedBy(m)} approved a mutation of {m.SkillName} {m.ParentVersion}{(m.Reason is { Length: > 0 } reason ? $": {Cut(reason)}" : "")}",
        Subjects = [$"mutation:{m.MutationId}"],
    };

    public static ActivityEntry Of(MutationRejected m) => new()
    {
        Id = $"mutation/{m.MutationId}/rejected", At = m.RejectedAt, Service = "evolver", Message = nameof(MutationRejected), Tone = Tone.Bad,
        Words = $"{m.RejectedBy} rejected a mutation of {m.SkillName} {m.ParentVersion}: {Cut(m.Reason)}", Subjects = [$"mutation:{m.MutationId}"],
    };

    public static ActivityEntry Of(MutationRolledBack m) => new()
    {
        Id = $"mutation/{m.MutationId}/rolled_back", At = m.RolledBackAt, Service = "evolver", Message = nameof(MutationRolledBack), Tone = Tone.Bad,
        Words = $"{m.SkillName} {m.Version} was taken back, agents get {m.RolledBackTo}: {Cut(m.Reason)}",
        Subjects = [$"mutation:{m.MutationId}", $"skill:{m.SkillName}@{m.Version}"],
    };

    public static ActivityEntry Of(FitnessDropped m) => new()
    {
        Id = $"dropped/{m.Subject}/{m.Since.UtcTicks}", At = m.FoundAt, Service = "fitness", Message = nameof(FitnessDropped), Tone = Tone.Bad,
        Words = string.Create(CultureInfo.InvariantCulture,
            $"The outcomes of {FitnessWords.Subject(m.Subject)} became worse: {m.Before:0.00} before, {m.After:0.00} ")
            + string.Create(CultureInfo.InvariantCulture, $"since {m.Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC"),
        Subjects = [m.Subject],
    };

    public static ActivityEntry Of(SandboxRunCompleted m) => new()
    {
        Id = $"run/{m.RunId}", At = m.CompletedAt, Service = "sandboxrunner", Message = nameof(SandboxRunCompleted),
        Tone = m.Status == "completed" ? Tone.Neutral : Tone.Bad,
        Words = m.Status == "completed"
            ? string.Create(CultureInfo.InvariantCulture,
                $"{m.Results.Count(r => r.Ended == "ok")} of {m.Results.Count} sandboxed calls ended well, in {m.ExecutionLatencyMs:0.#} ms")
            : $"The sandbox run ended {InWords(m.Status)}{(m.Reason is { Length: > 0 } reason ? $": {Cut(reason)}" : "")}",
        Subjects = [$"run:{m.RunId}", .. SubjectOf(m)],
    };

    public static ActivityEntry Of(FitnessScored m) => new()
    {
        Id = m.Revision > 0 ? $"fitness/{m.Subject}/r{m.Revision}" : $"fitness/{m.Subject}/{m.SignalCount}", At = m.ScoredAt, Service = "fitness",
        Message = nameof(FitnessScored),
        Tone = m.Label == "poor" ? Tone.Bad : Tone.Neutral,
        Words = string.Create(CultureInfo.InvariantCulture,
            $"Fitness {m.Score:0.00} ({m.Label}, {m.SignalCount} signal{(m.SignalCount == 1 ? "" : "s")}, {m.Status})"),
        Subjects = [m.Subject],
    };

    public static ActivityEntry Of(GateRefused m) => new()
    {
        Id = $"refused/{m.Capability}/{m.Subject}/{m.RefusedAt.UtcTicks}", At = m.RefusedAt, Service = "governance", Message = nameof(GateRefused),
        AgentId = m.AgentId, Tone = Tone.Attention, Words = $"{m.Capability} was refused to {m.AgentId}: {Cut(m.Detail)}", Subjects = [m.Subject],
    };

    public static ActivityEntry Of(AgentMaturityChanged m) => new()
    {
        Id = $"agent/{m.AgentId}/{m.Version}", At = m.ChangedAt, Service = "governance", Message = nameof(AgentMaturityChanged), AgentId = m.AgentId,
        Tone = m.Previous is { } before && m.Maturity < before ? Tone.Bad : Tone.Good,
        Words = $"{m.AgentId} is {Word(m.Maturity)}{(m.Previous is { } previous ? $", was {Word(previous)}" : "")} ({m.ChangedBy}: {Cut(m.Reason)})",
    };

    public static ActivityEntry Of(CapabilityUnlocked m) => new()
    {
        Id = $"unlocked/{m.AgentId}/{m.Capability}/{m.UnlockedAt.UtcTicks}", At = m.UnlockedAt, Service = "governance", Message = nameof(CapabilityUnlocked),
        AgentId = m.AgentId, Tone = m.ActionRequired ? Tone.Attention : Tone.Good, Words = $"{m.AgentId}: {Cut(m.Message)}",
    };

    public static ActivityEntry Of(WorkspaceSettingsChanged m) => new()
    {
        Id = $"settings/{m.Version}", At = m.ChangedAt, Service = "governance", Message = nameof(WorkspaceSettingsChanged), Tone = Tone.Neutral,
        Words = m.Version == 1
            ? $"{m.ChangedBy} made the workspace; Auto-Dev is {(m.Settings.Enabled ? "on" : "off")}"
            : $"{m.ChangedBy} changed the settings; Auto-Dev is {(m.Settings.Enabled ? "on" : "off")}",
    };

    /// <summary>A stable word of the wire, as a person reads it.</summary>
    public static string InWords(string word) => word.Replace('_', ' ');

    static string StartedBy(ExperimentStarted m) => m.StartedBy switch
    {
        "system:trigger" => "An execution",
        "system:background" => "The background evolution",
        _ => m.StartedBy,
    };

    static string ApprovedBy(MutationApproved m) => m.ApprovedBy == "system:auto_promote" ? "The rule of auto-promotion" : m.ApprovedBy;

    // An operator's own test runs under its own id and belongs to the loop by its conversation only.
    static string[] SubjectOf(SandboxRunCompleted m) =>
        m.SubjectId == m.RunId ? [] : [$"{(m.RequestedBy == "evolver" ? "mutation" : "candidate")}:{m.SubjectId}"];

    // One that was imported has no pattern, and no agent.
    static string[] OfCandidate(Guid candidate, Guid pattern) =>
        pattern == Guid.Empty ? [$"candidate:{candidate}"] : [$"candidate:{candidate}", $"pattern:{pattern}"];

    static string? Named(string agent) => agent.Length == 0 ? null : agent;

    static string Word(Maturity maturity) => maturity.ToString().ToUpperInvariant();

    /// <summary>Text of others, short enough to read and without what neither a page nor the database can hold.</summary>
    public static string Cut(string text)
    {
        var line = string.Concat(text.EnumerateRunes().Take(WordsOfOthers).Select(c => Rune.IsControl(c) ? " " : c.ToString())).Trim();
        return text.Length > WordsOfOthers ? line + "…" : line;
    }

    // The last line of a Python traceback is the one that names the exception.
    static string? LastLine(string? trace) =>
        trace?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines ? Cut(lines[^1]) : null;
}
