using System.Globalization;
using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating.Spend;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Mcp;
using AutoDev.Memento.NearDuplicates;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Memento.Candidates;

/// <summary>One candidate, with everything that a reviewer needs to decide.</summary>
public static class GetCandidate
{
    /// <summary>GET. The ETag is what a decision must name.</summary>
    public static async Task<IResult> Handle(Guid id, IDocumentSession session, HttpContext http, CancellationToken cancellation) =>
        await session.LoadAsync<SkillCandidate>(id, cancellation) is { } candidate
            ? await AnswerAsync(candidate, session, http, cancellation)
            : NotFound(id);

    /// <summary>404.</summary>
    internal static IResult NotFound(Guid id) => Problem.NotFound($"There is no candidate {id} in this workspace.");

    /// <summary>The candidate as it is now, with its ETag.</summary>
    internal static async Task<IResult> AnswerAsync(SkillCandidate candidate, IDocumentSession session, HttpContext http, CancellationToken cancellation)
    {
        http.Response.Headers.ETag = ETag(candidate).ToString();
        return TypedResults.Ok(View(candidate, await CandidateSurroundings.LoadAsync(candidate, session, cancellation)));
    }

    /// <summary>
    /// What a decision on this state of the candidate names in <c>If-Match</c>: its code, its evidence and the skills that were found to be nearly the same. Not the version
    /// that it would replace: who publishes under one name at once publish one after the other, and each version stays.
    /// </summary>
    internal static EntityTagHeaderValue ETag(SkillCandidate candidate) => new(string.Create(CultureInfo.InvariantCulture, $"\"{candidate.Revision}\""));

    /// <summary>Pure: the whole answer.</summary>
    internal static CandidateView View(SkillCandidate c, CandidateSurroundings around) => new()
    {
        Id = c.Id,
        Revision = c.Revision,
        Status = c.Status,
        SkillName = c.Analysis.SkillName,
        AgentId = c.AgentId,
        Attempt = c.Attempt,
        Tries = c.Tries,
        FailureReason = c.FailureReason,
        Code = c.Generated is not { } code ? null : new(code.FunctionName, code.Parameters, code.Description, code.Source, code.Generator, code.Program, code.Seconds, code.Notice,
            SkillTool.InputSchema(code.Signature, code.Parameters)),
        Pattern = c.Origin is not null ? null : new(c.PatternId, c.TaskDescription, c.DetectedAt, c.Analysis.ToolsTried, c.Analysis.Errors, c.Analysis.Notes, [.. c.Episodes.Select(Episode)]),
        Origin = c.Origin is not { } from ? null : new(from.Kind, from.ArchiveSha256, from.Folder, from.ImportedBy, RawJson.Of(from.ClaimedJson), c.Analysis.Notes),
        HeldOutPassed = c.Validation?.HeldOutPassed,
        HeldOutTotal = c.Validation?.HeldOutTotal ?? c.Analysis.HeldOut.Count,
        Checks = c.Validation?.Checks ?? [],
        SecurityFindings = c.Validation?.SecurityFindings ?? [],
        RedFlags = c.Validation?.RedFlags ?? [],
        Results = Results(c),
        Decision = c.Decision,
        PredecessorId = c.PredecessorId,
        SuccessorId = c.SuccessorId,
        Guidance = c.Guidance,
        PublishesAs = c.Status == CandidateStatus.Validated ? SkillVersionNumber.AfterCandidate(around.Versions) : c.PublishedVersion,
        Replaces = around.Replaced is not { } replaced
            ? null
            : new(replaced.Version, around.ReplacedTask!, c.Generated is { } now ? SourceDiff.Of(replaced.Source, now.Source) : null),
        Cost = Cost(around.Calls),
        EarlierTries = c.EarlierTries,
        Predecessors =
        [
            .. around.Predecessors.Select(p => new PredecessorView(p.Id, p.Status, p.Attempt, p.Tries, p.Generated?.Generator, p.Decision?.Reason ?? p.FailureReason, p.Decision?.By, p.CreatedAt)),
        ],
        Duplicates = around.Duplicates is not { } search || search.ValidatingRun != c.RunId ? null : new(search.IsComplete, [.. search.Compared.Select(Near)]),
        ConversationId = c.ConversationId,
        CreatedAt = c.CreatedAt,
        UpdatedAt = c.UpdatedAt,
        ValidatedAt = c.Validation?.At,
    };

    static CostView Cost(IReadOnlyList<SpendEntry> calls) => new(
        calls.Count, calls.Sum(c => c.InputTokens ?? 0), calls.Sum(c => c.OutputTokens ?? 0), calls.Sum(c => c.Cost ?? 0), calls.Where(c => c.Cost is null).Sum(c => c.Estimate),
        calls.Any(c => c.IsEstimate));

    static NearDuplicateView Near(Comparison c) => new()
    {
        SkillName = c.SkillName,
        Version = c.Version,
        Description = c.Description,
        IsNearDuplicate = c.IsNearDuplicate,
        TextLikeness = c.TextLikeness,
        DescriptionLikeness = c.DescriptionLikeness,
        Equal = c.Equal,
        Inputs = c.Inputs.Count,
        Finding = c switch
        {
            { NotCompared: { } why } => $"not compared: {why}",
            { IsRunning: true } => "in the sandbox",
            _ when c.DoesTheSame => $"equal on {c.Equal} of {c.Inputs.Count} inputs",
            _ => $"differs on {c.Inputs.Count - c.Equal} of {c.Inputs.Count} inputs",
        },
        FirstDifference = c.FirstDifference is { } d ? new(new(d.InputJson), new(d.Candidate), new(d.Skill)) : null,
    };

    static EpisodeView Episode(PatternEpisode e) =>
        new(e.EpisodeId, e.TaskDescription, e.ErrorTrace, e.ToolsAttempted, RawJson.Of(e.InputJson), RawJson.Of(e.ExpectedOutputJson), e.ExpectedOutputJson is not null);

    static List<ResultView> Results(SkillCandidate c) =>
        [.. c.Plan.TakeWhile(input => input.Kind != InputKind.Again).Select((input, i) => Result(input, c.Validation is { } v && i < v.Outcomes.Count ? v.Outcomes[i] : null))];

    static ResultView Result(PlannedInput input, InputOutcome? outcome) => new()
    {
        Kind = input.Kind,
        EpisodeId = input.EpisodeId,
        Description = input.Description,
        Input = RawJson.Of(input.InputJson),
        Expected = RawJson.Of(input.ExpectedJson),
        Got = RawJson.Of(outcome?.ValueJson),
        Ended = outcome?.Ended,
        Correct = outcome?.Correct,
        ExceptionType = outcome?.ExceptionType,
        Message = outcome?.Message,
        Traceback = outcome?.Traceback,
        WallMs = outcome?.WallMs,
    };
}

/// <summary>A candidate, for its reviewer.</summary>
public sealed record CandidateView
{
    /// <summary>The candidate.</summary>
    public required Guid Id { get; init; }

    /// <summary>The number in the ETag.</summary>
    public required int Revision { get; init; }

    /// <summary>See <see cref="CandidateStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The function's name, and the skill's if it is approved.</summary>
    public required string SkillName { get; init; }

    /// <summary>The agent that failed; empty where it was imported.</summary>
    public required string AgentId { get; init; }

    /// <summary>Which attempt at the pattern.</summary>
    public required int Attempt { get; init; }

    /// <summary>How often its code was tried at.</summary>
    public required int Tries { get; init; }

    /// <summary>Why generation or validation failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>The code; <c>null</c> until it is written.</summary>
    public CodeView? Code { get; init; }

    /// <summary>What it answers; <c>null</c> where it was imported.</summary>
    public PatternView? Pattern { get; init; }

    /// <summary>Where it comes from, where it was imported.</summary>
    public OriginView? Origin { get; init; }

    /// <summary>Held-out examples answered rightly; <c>null</c> before validation.</summary>
    public int? HeldOutPassed { get; init; }

    /// <summary>Held-out examples there are.</summary>
    public required int HeldOutTotal { get; init; }

    /// <summary>Every check with its verdict and evidence.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>What the security scan found, by line, with how to repair it.</summary>
    public required IReadOnlyList<SecurityFinding> SecurityFindings { get; init; }

    /// <summary>What the reading of the source found, by line.</summary>
    public required IReadOnlyList<RedFlag> RedFlags { get; init; }

    /// <summary>What language models took for it.</summary>
    public required CostView Cost { get; init; }

    /// <summary>The tries at its code that came to nothing, oldest first.</summary>
    public required IReadOnlyList<PastTry> EarlierTries { get; init; }

    /// <summary>The candidates that it tries to do better than, the last first, ten at most.</summary>
    public required IReadOnlyList<PredecessorView> Predecessors { get; init; }

    /// <summary>What of the catalog is near it; <c>null</c> until that was looked for, a moment after its validation.</summary>
    public DuplicatesView? Duplicates { get; init; }

    /// <summary>Every input of the validating run; without outcomes until it has run.</summary>
    public required IReadOnlyList<ResultView> Results { get; init; }

    /// <summary>Who decided, and why.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The candidate that this one tries to do better than.</summary>
    public Guid? PredecessorId { get; init; }

    /// <summary>The candidate made from this one.</summary>
    public Guid? SuccessorId { get; init; }

    /// <summary>Why the predecessor was not good enough.</summary>
    public string? Guidance { get; init; }

    /// <summary>The version that approval would publish, or has published.</summary>
    public string? PublishesAs { get; init; }

    /// <summary>The skill of the same name that agents have now, which approval would replace.</summary>
    public ReplacedView? Replaces { get; init; }

    /// <summary>The loop that it is part of.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>When the quota gave it its place.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the sandbox had run it.</summary>
    public DateTimeOffset? ValidatedAt { get; init; }
}

/// <summary>
/// What a generator wrote. <paramref name="InputSchema"/> is a JSON Schema of the arguments; until the sandbox has read the signature, only their names are known.
/// </summary>
public sealed record CodeView(
    string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source, string Generator, string? Program, double GenerationSeconds, string? Notice,
    JsonElement InputSchema);

/// <summary>A failure pattern.</summary>
public sealed record PatternView(
    Guid Id, string TaskDescription, DateTimeOffset DetectedAt, IReadOnlyList<string> ToolsTried, IReadOnlyList<string> Errors, IReadOnlyList<string> Notes,
    IReadOnlyList<EpisodeView> Episodes);

/// <summary>
/// An archive that somebody imported. <paramref name="Claimed"/> is what it says of itself, which nobody has checked; <paramref name="Notes"/> is what a reviewer should know.
/// </summary>
public sealed record OriginView(string Kind, string ArchiveSha256, string Folder, string ImportedBy, RawJson? Claimed, IReadOnlyList<string> Notes);

/// <summary>One failure. <paramref name="HasExpected"/> tells the expected answer <c>null</c> from none.</summary>
public sealed record EpisodeView(
    string EpisodeId, string TaskDescription, string? ErrorTrace, IReadOnlyList<string> ToolsAttempted, RawJson? Input, RawJson? Expected, bool HasExpected);

/// <summary>The skill that is there under the same name, and what the candidate changes of it line by line; absent where there is no code yet, or too much.</summary>
public sealed record ReplacedView(string Version, string TaskDescription, IReadOnlyList<DiffLine>? Diff);

/// <summary>What language models took for a candidate, in all its tries. In the currency of the prices.</summary>
/// <param name="Calls">How many calls.</param>
/// <param name="InputTokens">Tokens that were read.</param>
/// <param name="OutputTokens">Tokens that were written.</param>
/// <param name="Spent">What ended calls cost.</param>
/// <param name="Reserved">The most that calls can cost of which no end was heard.</param>
/// <param name="IsEstimate">Of a call the provider did not say what it took: the most counts.</param>
public sealed record CostView(int Calls, long InputTokens, long OutputTokens, decimal Spent, decimal Reserved, bool IsEstimate);

/// <summary>A candidate that came to nothing, and why.</summary>
public sealed record PredecessorView(
    Guid Id, string Status, int Attempt, int Tries, string? Generator, string? Reason, string? DecidedBy, DateTimeOffset CreatedAt);

/// <summary>The skills that were compared, nearest first. Complete when none is in the sandbox any more.</summary>
public sealed record DuplicatesView(bool IsComplete, IReadOnlyList<NearDuplicateView> Compared);

/// <summary>A skill of the catalog beside the candidate.</summary>
public sealed record NearDuplicateView
{
    /// <summary>The skill.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that was compared.</summary>
    public required string Version { get; init; }

    /// <summary>What it is said to do.</summary>
    public required string Description { get; init; }

    /// <summary>Whether a reviewer should ask if both are needed.</summary>
    public required bool IsNearDuplicate { get; init; }

    /// <summary>How near the sources are, 0 to 1, names and layout aside.</summary>
    public required double TextLikeness { get; init; }

    /// <summary>How near the descriptions are, 0 to 1.</summary>
    public required double DescriptionLikeness { get; init; }

    /// <summary>On how many inputs of the candidate it does what the candidate does; absent where it was not run.</summary>
    public int? Equal { get; init; }

    /// <summary>On how many it was run.</summary>
    public required int Inputs { get; init; }

    /// <summary>The same in words.</summary>
    public required string Finding { get; init; }

    /// <summary>The first input on which they differ.</summary>
    public DifferenceView? FirstDifference { get; init; }
}

/// <summary>An input on which a candidate and a skill differ; instead of an answer the name of an exception, or how the call ended.</summary>
public sealed record DifferenceView(RawJson Input, RawJson Candidate, RawJson Skill);

/// <summary>One input of the validating run and what became of it.</summary>
public sealed record ResultView
{
    /// <summary>See <see cref="InputKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The episode it comes from.</summary>
    public string? EpisodeId { get; init; }

    /// <summary>What is hostile about it.</summary>
    public string? Description { get; init; }

    /// <summary>The arguments; absent where they are too long to show.</summary>
    public RawJson? Input { get; init; }

    /// <summary>The right answer.</summary>
    public RawJson? Expected { get; init; }

    /// <summary>The answer.</summary>
    public RawJson? Got { get; init; }

    /// <summary>Why the call ended.</summary>
    public string? Ended { get; init; }

    /// <summary>Whether the answer is right; absent where none was expected.</summary>
    public bool? Correct { get; init; }

    /// <summary>The exception's type.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The exception's message.</summary>
    public string? Message { get; init; }

    /// <summary>The last frames.</summary>
    public string? Traceback { get; init; }

    /// <summary>Wall time in milliseconds.</summary>
    public double? WallMs { get; init; }
}
