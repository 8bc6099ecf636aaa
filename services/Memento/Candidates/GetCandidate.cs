using System.Globalization;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
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
        var existing = candidate.PublishedVersion is null ? await session.LoadAsync<Skill>(candidate.Analysis.SkillName, cancellation) : null;
        http.Response.Headers.ETag = ETag(candidate).ToString();
        return TypedResults.Ok(View(candidate, existing));
    }

    /// <summary>What a decision on this state of the candidate names in <c>If-Match</c>.</summary>
    internal static EntityTagHeaderValue ETag(SkillCandidate candidate) => new(string.Create(CultureInfo.InvariantCulture, $"\"{candidate.Revision}\""));

    /// <summary>Pure: the whole answer.</summary>
    internal static CandidateView View(SkillCandidate c, Skill? existing) => new()
    {
        Id = c.Id,
        Revision = c.Revision,
        Status = c.Status,
        SkillName = c.Analysis.SkillName,
        AgentId = c.AgentId,
        Attempt = c.Attempt,
        Tries = c.Tries,
        FailureReason = c.FailureReason,
        Code = c.Generated is not { } code ? null : new(code.FunctionName, code.Parameters, code.Description, code.Source, code.Generator, code.Program, code.Seconds),
        Pattern = c.Origin is not null ? null : new(c.PatternId, c.TaskDescription, c.DetectedAt, c.Analysis.ToolsTried, c.Analysis.Errors, c.Analysis.Notes, [.. c.Episodes.Select(Episode)]),
        Origin = c.Origin is not { } from ? null : new(from.Kind, from.ArchiveSha256, from.Folder, from.ImportedBy, RawJson.Of(from.ClaimedJson), c.Analysis.Notes),
        HeldOutPassed = c.Validation?.HeldOutPassed,
        HeldOutTotal = c.Validation?.HeldOutTotal ?? c.Analysis.HeldOut.Count,
        Checks = c.Validation?.Checks ?? [],
        SecurityFindings = c.Validation?.SecurityFindings ?? [],
        Results = Results(c),
        Decision = c.Decision,
        PredecessorId = c.PredecessorId,
        SuccessorId = c.SuccessorId,
        Guidance = c.Guidance,
        PublishesAs = c.Status == CandidateStatus.Validated ? SkillVersionNumber.AfterCandidate(existing?.CurrentVersion) : c.PublishedVersion,
        Replaces = existing is null ? null : new(existing.CurrentVersion, existing.TaskDescription),
        ConversationId = c.ConversationId,
        CreatedAt = c.CreatedAt,
        UpdatedAt = c.UpdatedAt,
        ValidatedAt = c.Validation?.At,
    };

    static EpisodeView Episode(PatternEpisode e) =>
        new(e.EpisodeId, e.TaskDescription, e.ErrorTrace, e.ToolsAttempted, RawJson.Of(e.InputJson), RawJson.Of(e.ExpectedOutputJson), e.ExpectedOutputJson is not null);

    static List<ResultView> Results(SkillCandidate c) =>
        [.. c.Plan.Select((input, i) => Result(input, c.Validation is { } v && i < v.Outcomes.Count ? v.Outcomes[i] : null))];

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

/// <summary>What a generator wrote.</summary>
public sealed record CodeView(
    string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source, string Generator, string? Program, double GenerationSeconds);

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

/// <summary>The skill that is there under the same name.</summary>
public sealed record ReplacedView(string Version, string TaskDescription);

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
