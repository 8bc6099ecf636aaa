using System.Text.Json.Serialization;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>The stations of a candidate's life, as stored and as answered.</summary>
public static class CandidateStatus
{
    /// <summary>It has its place in the daily quota; a generator is at work.</summary>
    public const string Generating = "generating";

    /// <summary>The code is written and waits for the sandbox.</summary>
    public const string Proposed = "proposed";

    /// <summary>Every check passed; waits for a person.</summary>
    public const string Validated = "validated";

    /// <summary>A check failed. Can be regenerated.</summary>
    public const string ValidationFailed = "validation_failed";

    /// <summary>No program was found. Can be regenerated.</summary>
    public const string GenerationFailed = "generation_failed";

    /// <summary>A person said yes. Passed through within one commit on the way to <see cref="Promoted"/>.</summary>
    public const string Approved = "approved";

    /// <summary>A version of a skill in the catalog.</summary>
    public const string Promoted = "promoted";

    /// <summary>A person said no. Can be regenerated.</summary>
    public const string Rejected = "rejected";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Generating, Proposed, Validated, ValidationFailed, GenerationFailed, Approved, Promoted, Rejected];
}

/// <summary>A proposed new Python function that nobody trusts yet, with everything a reviewer must know about it.</summary>
public sealed record SkillCandidate
{
    /// <summary>See <see cref="CandidateId"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>Grows by one with every change; the ETag.</summary>
    public required int Revision { get; init; }

    /// <summary>See <see cref="CandidateStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The failure pattern that it answers; empty where it was imported.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>Which attempt at the pattern.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent that failed; empty where it was imported.</summary>
    public required string AgentId { get; init; }

    /// <summary>The task, in the words of the first failure.</summary>
    public required string TaskDescription { get; init; }

    /// <summary>The pattern's episodes, oldest first.</summary>
    public required IReadOnlyList<PatternEpisode> Episodes { get; init; }

    /// <summary>What was made of them.</summary>
    public required FailureAnalysis Analysis { get; init; }

    /// <summary>Where it comes from, where a person imported it; <c>null</c> for one that was learned from failures.</summary>
    public CandidateOrigin? Origin { get; init; }

    /// <summary>When the pattern was detected.</summary>
    public required DateTimeOffset DetectedAt { get; init; }

    /// <summary>When the candidate got its place in the quota.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The loop that it is part of, so that what a person decides later still belongs to it.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The trace that it came from; what a person decides goes on with it, and links to the person's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }

    /// <summary>The candidate that this one tries to do better than.</summary>
    public Guid? PredecessorId { get; init; }

    /// <summary>The candidate made from this one by regeneration.</summary>
    public Guid? SuccessorId { get; init; }

    /// <summary>Why the predecessor was not good enough: the reviewer's words, or the failed checks.</summary>
    public string? Guidance { get; init; }

    /// <summary>What a person said of the predecessor.</summary>
    public string? ReviewerSaid { get; init; }

    /// <summary>Which try at its code this is, counted from 1: what a model wrote and the sandbox refuted, the model may mend.</summary>
    public int Tries { get; init; } = 1;

    /// <summary>The try before, of this candidate or of its predecessor.</summary>
    public FailedTry? LastTry { get; init; }

    /// <summary>The tries at its code that came to nothing, oldest first.</summary>
    public IReadOnlyList<PastTry> EarlierTries { get; init; } = [];

    /// <summary>What a generator wrote; <c>null</c> until then.</summary>
    public GeneratedSkill? Generated { get; init; }

    /// <summary>The validating run's id; its answer is the only one that counts.</summary>
    public Guid? RunId { get; init; }

    /// <summary>Which input of the validating run is what, by index.</summary>
    public IReadOnlyList<PlannedInput> Plan { get; init; } = [];

    /// <summary>What the sandbox showed; <c>null</c> until then.</summary>
    public Validation? Validation { get; init; }

    /// <summary>Why generation or validation failed, in words.</summary>
    public string? FailureReason { get; init; }

    /// <summary>Skills of the catalog that are nearly the same, as <c>name@version</c>.</summary>
    public IReadOnlyList<string> NearDuplicates { get; init; } = [];

    /// <summary>What a person decided.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The version of the skill that it became.</summary>
    public string? PublishedVersion { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(CreatedAt, Id.ToString());

    /// <summary>The next revision.</summary>
    public SkillCandidate To(string status, DateTimeOffset now) => this with { Status = status, Revision = Revision + 1, UpdatedAt = now };

    /// <summary>What a run showed, check by check.</summary>
    public Validation Examine(SandboxRunCompleted run) => CandidateChecks.Judge(Generated!, Plan, run);

    /// <summary>Whether held-out examples came while it was being run, so that the run says nothing about them.</summary>
    public bool HasNewTests => Analysis.HeldOut.Count > Plan.Count(p => p.Kind == InputKind.HeldOut);

    /// <summary>
    /// The candidate that the sandbox refuted, on its way to the model once more with what was shown, where that may help and so many tries are not used up; else
    /// <c>null</c>: a search would find the same again. It keeps its place in the day's quota.
    /// </summary>
    public SkillCandidate? TryAgain(int mostTries) =>
        Status == CandidateStatus.ValidationFailed && Tries < mostTries && Origin is null && Generated is { IsByExample: false }
        && FailedTry.Of(this, Analysis) is { CanBeMended: true } failed
            ? this with
            {
                Status = CandidateStatus.Generating, Tries = Tries + 1, LastTry = failed,
                EarlierTries = [.. EarlierTries, new(Tries, Generated.Generator, Generated.Source, FailureReason ?? "", UpdatedAt)],
                Generated = null, RunId = null, Plan = [], Validation = null, FailureReason = null,
            }
            : null;

    /// <summary>Whether it may still turn out to be wrong: neither ended nor decided on.</summary>
    public bool IsOnItsWay => Status is CandidateStatus.Generating or CandidateStatus.Proposed or CandidateStatus.Validated;

    /// <summary>
    /// The candidate with failures that its generator has not seen as further held-out examples; itself, where they are none. Of a pattern that never ends to grow it
    /// takes as many as one run can try: they have long shown what they can.
    /// </summary>
    public SkillCandidate WithTests(IReadOnlyList<PatternEpisode> failures)
    {
        var known = Episodes.Select(e => e.EpisodeId).ToHashSet(StringComparer.Ordinal);
        var room = MostCharacters - Episodes.Sum(e => e.InputJson?.Length ?? 0);
        var added = failures.Where(e => known.Add(e.EpisodeId)).Take(Math.Max(0, MostEpisodes - Episodes.Count))
            .TakeWhile(e => (room -= e.InputJson?.Length ?? 0) >= 0).ToList();
        var tests = FailureAnalysis.Of(TaskDescription, added, mustBeSeen: []);
        var seenOrHeld = Analysis.Seen.Concat(Analysis.HeldOut).Select(e => e.InputJson).ToHashSet(JsonEquality.OfTexts);
        var heldOut = tests.Seen.Concat(tests.HeldOut).Where(e => seenOrHeld.Add(e.InputJson)).ToList();
        return added.Count == 0 ? this : this with { Episodes = [.. Episodes, .. added], Analysis = Analysis with { HeldOut = [.. Analysis.HeldOut, .. heldOut] } };
    }

    /// <summary>
    /// The candidate with the skills that were found to be nearly the same, while somebody may still decide on it; <c>null</c> where nothing changes. It is another revision:
    /// who approved without having seen them is asked again. That none were found changes nothing.
    /// </summary>
    public SkillCandidate? WithDuplicates(IReadOnlyList<string> found, DateTimeOffset now) =>
        Status != CandidateStatus.Validated || found.SequenceEqual(NearDuplicates, StringComparer.Ordinal) ? null : To(Status, now) with { NearDuplicates = found };

    /// <summary>Whether a new candidate may be made in its place.</summary>
    public bool CanBeRegenerated => Origin is null && CameToNothing;

    /// <summary>Whether it ended without becoming a skill.</summary>
    public bool CameToNothing => Status is CandidateStatus.Rejected or CandidateStatus.GenerationFailed or CandidateStatus.ValidationFailed;

    /// <summary>
    /// Inputs of the examples that the next attempt's generator gets: what was seen before, so that a chain of attempts forgets nothing, and the first
    /// that it got wrong. Not all of those: what is shown to the generator proves nothing any more.
    /// </summary>
    public IReadOnlyCollection<string> MustBeSeenNext() =>
        [.. Analysis.Seen.Select(e => e.InputJson), .. (Validation?.HeldOutFailures(Plan) ?? []).Take(MostCounterexamples)];

    const int MostCounterexamples = 2;
    const int MostEpisodes = 500;
    const int MostCharacters = 10 << 20;
}

/// <summary>A try at a candidate's code that came to nothing.</summary>
/// <param name="Try">Which, counted from 1.</param>
/// <param name="Generator">Who wrote it.</param>
/// <param name="Source">What was written.</param>
/// <param name="Reason">What the sandbox found wrong.</param>
/// <param name="At">When.</param>
public sealed record PastTry(int Try, string Generator, string Source, string Reason, DateTimeOffset At);

/// <summary>A person's word on a candidate.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why; always there for a no.</param>
/// <param name="At">When.</param>
public sealed record Decision(bool Approved, string By, string? Reason, DateTimeOffset At);

/// <summary>Code that a generator wrote. Untrusted, like everything a generator says.</summary>
public sealed record GeneratedSkill
{
    /// <summary><c>by-example</c>, the model's name, or <c>import</c>.</summary>
    public required string Generator { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>Names of its parameters, in order.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>The Python source of one module.</summary>
    public required string Source { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The program in the generator's own language, where it has one.</summary>
    public string? Program { get; init; }

    /// <summary>How the function is called, as the sandbox read it while it was proven.</summary>
    public FunctionSignature? Signature { get; init; }

    /// <summary>Whether it was found by the search, which needs nobody.</summary>
    public bool IsByExample => Generator == Generation.ByExampleGenerator.Word;

    /// <summary>What a reviewer should know about how it was written.</summary>
    public string? Notice { get; init; }

    /// <summary>How long it took to write, in seconds.</summary>
    public double Seconds { get; init; }
}
