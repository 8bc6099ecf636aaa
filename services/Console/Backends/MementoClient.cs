using System.Text.Json;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Memento's candidates; its catalog is <see cref="SkillsClient"/>.</summary>
sealed class MementoClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Memento")
{
    public Task<Answer<CandidateShown>> CandidateAsync(string workspace, Guid id, CancellationToken cancellation) =>
        Send<CandidateShown>(HttpMethod.Get, Candidate(workspace, id), cancellation: cancellation);

    /// <summary>Approves what was seen; void where it has changed since.</summary>
    public Task<Answer<CandidateShown>> ApproveAsync(string workspace, Guid id, string seen, string? reason, CancellationToken cancellation) =>
        Send<CandidateShown>(HttpMethod.Post, $"{Candidate(workspace, id)}/approve", new { reason }, seen, cancellation);

    /// <summary>Rejects what was seen; void where it has changed since.</summary>
    public Task<Answer<CandidateShown>> RejectAsync(string workspace, Guid id, string seen, string reason, CancellationToken cancellation) =>
        Send<CandidateShown>(HttpMethod.Post, $"{Candidate(workspace, id)}/reject", new { reason }, seen, cancellation);

    public Task<Answer<RegenerationStarted>> RegenerateAsync(string workspace, Guid id, string? reason, CancellationToken cancellation) =>
        Send<RegenerationStarted>(HttpMethod.Post, $"{Candidate(workspace, id)}/regenerate", new { reason }, cancellation: cancellation);

    public Task<Answer<TestStarted>> TestAsync(string workspace, Guid id, IReadOnlyList<JsonElement> inputs, CancellationToken cancellation) =>
        Send<TestStarted>(HttpMethod.Post, $"{Candidate(workspace, id)}/test", new { inputs }, cancellation: cancellation);

    public Task<Answer<TestShown>> TestAsync(string workspace, Guid id, Guid test, CancellationToken cancellation) =>
        Send<TestShown>(HttpMethod.Get, $"{Candidate(workspace, id)}/tests/{test}", cancellation: cancellation);

    /// <summary>Looks at what fits: nothing is decided, and the token stands for what was seen.</summary>
    public Task<Answer<BulkPreviewShown<CandidateListed>>> LookAsync(string workspace, BulkFilter filter, CancellationToken cancellation) =>
        Post<BulkPreviewShown<CandidateListed>>(In(workspace, "candidates", "decisions"), new { dry_run = true, filter }, cancellation);

    /// <summary>Decides on what was seen; <c>approve</c> or <c>reject</c>.</summary>
    public Task<Answer<BulkBegun>> DecideAsync(string workspace, Guid token, string decision, string reason, CancellationToken cancellation) =>
        Post<BulkBegun>(In(workspace, "candidates", "decisions"), new { token, decision, reason }, cancellation);

    /// <summary>How far a bulk decision is.</summary>
    public Task<Answer<BulkShown>> BulkAsync(string workspace, Guid id, CancellationToken cancellation) =>
        Get<BulkShown>(In(workspace, "candidates", "decisions", id.ToString()), cancellation);

    /// <summary>What of the day's limit of candidates is used.</summary>
    public Task<Answer<DayUsed>> UsedAsync(string workspace, CancellationToken cancellation) => Get<DayUsed>(In(workspace, "usage"), cancellation);

    /// <summary>What writes the candidates, and what is in the way.</summary>
    public Task<Answer<GeneratorShown>> GeneratorAsync(string workspace, CancellationToken cancellation) =>
        Get<GeneratorShown>(In(workspace, "generator"), cancellation);

    static string Candidate(string workspace, Guid id) => In(workspace, "candidates", id.ToString());
}

public sealed record CandidateShown
{
    public Guid Id { get; init; }

    /// <summary>
    /// <c>generating</c>, <c>proposed</c>, <c>validated</c>, <c>validation_failed</c>, <c>generation_failed</c>, <c>promoted</c> or <c>rejected</c>.
    /// </summary>
    public string Status { get; init; } = "";

    public string SkillName { get; init; } = "";

    public string AgentId { get; init; } = "";

    public int Attempt { get; init; }

    public string? FailureReason { get; init; }

    public CodeShown? Code { get; init; }

    public PatternShown? Pattern { get; init; }

    /// <summary>Where it comes from, where somebody imported it: then it has no pattern.</summary>
    public OriginShown? Origin { get; init; }

    public int? HeldOutPassed { get; init; }

    public int HeldOutTotal { get; init; }

    public IReadOnlyList<CheckShown> Checks { get; init; } = [];

    public IReadOnlyList<ResultShown> Results { get; init; } = [];

    public DecisionShown? Decision { get; init; }

    public Guid? PredecessorId { get; init; }

    public Guid? SuccessorId { get; init; }

    public string? Guidance { get; init; }

    public string? PublishesAs { get; init; }

    public ReplacedShown? Replaces { get; init; }

    public CostShown? Cost { get; init; }

    public IReadOnlyList<PastTryShown> EarlierTries { get; init; } = [];

    public IReadOnlyList<PredecessorShown> Predecessors { get; init; } = [];

    public DuplicatesShown? Duplicates { get; init; }

    public Guid? ConversationId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public bool WaitsForAPerson => Status == "validated";

    public bool IsAtWork => Status is "generating" or "proposed";

    public bool CanBeRegenerated => Origin is null && SuccessorId is null && Status is "rejected" or "generation_failed" or "validation_failed";
}

public sealed record CodeShown(string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source, string Generator, string? Program,
    double GenerationSeconds, string? Notice, JsonElement? InputSchema = null);

public sealed record PatternShown(
    Guid Id, string TaskDescription, DateTimeOffset DetectedAt, IReadOnlyList<string> ToolsTried, IReadOnlyList<string> Errors, IReadOnlyList<string> Notes,
    IReadOnlyList<EpisodeShown> Episodes);

/// <summary>A kind is <c>auto_dev</c>, <c>agent_skill</c> or <c>python_package</c>; what is claimed is what the archive says of itself.</summary>
public sealed record OriginShown(string Kind, string ArchiveSha256, string Folder, string ImportedBy, JsonElement? Claimed, IReadOnlyList<string> Notes);

public sealed record EpisodeShown(string EpisodeId, string TaskDescription, string? ErrorTrace, IReadOnlyList<string> ToolsAttempted, JsonElement? Input,
    JsonElement? Expected, bool HasExpected);

/// <summary>A verdict is <c>passed</c>, <c>failed</c>, <c>warning</c> or <c>not_applicable</c>.</summary>
public sealed record CheckShown(string Name, string Verdict, string Evidence);

/// <summary>A kind is <c>seen</c>, <c>held_out</c>, <c>unanswered</c> or <c>hostile</c>.</summary>
public sealed record ResultShown(
    string Kind, string? EpisodeId, string? Description, JsonElement? Input, JsonElement? Expected, JsonElement? Got, string? Ended, bool? Correct,
    string? ExceptionType,
    string? Message, string? Traceback, double? WallMs);

public sealed record DecisionShown(bool Approved, string By, string? Reason, DateTimeOffset At);

public sealed record ReplacedShown(string Version, string TaskDescription, IReadOnlyList<DiffLineShown>? Diff);

/// <summary>A change is <c>added</c>, <c>removed</c> or <c>same</c>.</summary>
public sealed record DiffLineShown(string Change, int Line, string Text);

public sealed record CostShown(int Calls, long InputTokens, long OutputTokens, decimal Spent, decimal Reserved, bool IsEstimate);

public sealed record PastTryShown(int Try, string Generator, string Source, string Reason, DateTimeOffset At);

public sealed record PredecessorShown(Guid Id, string Status, int Attempt, int Tries, string? Generator, string? Reason, string? DecidedBy,
    DateTimeOffset CreatedAt);

public sealed record DuplicatesShown(bool IsComplete, IReadOnlyList<NearDuplicateShown> Compared);

public sealed record NearDuplicateShown(
    string SkillName, string Version, string Description, bool IsNearDuplicate, double TextLikeness, double DescriptionLikeness, int? Equal, int Inputs,
    string Finding,
    DifferenceShown? FirstDifference);

public sealed record DifferenceShown(JsonElement? Input, JsonElement? Candidate, JsonElement? Skill);

/// <summary>Which candidates; what is <c>null</c> does not matter.</summary>
sealed record BulkFilter(string? Agent, string? Skill, string? Generator, int? MinHeldOut, bool? NearDuplicate);

/// <summary>What fits, and what of it the token stands for.</summary>
sealed record BulkPreviewShown<T>(Guid Token, int Matched, int Included, IReadOnlyList<T> First);

sealed record CandidateListed(Guid Id, string SkillName, string AgentId, int? HeldOutPassed, int HeldOutTotal, IReadOnlyList<string> NearDuplicates);

sealed record BulkBegun(Guid Id, int Total);

/// <summary>A state is <c>waiting</c>, <c>decided</c>, <c>skipped</c> or <c>failed</c>.</summary>
sealed record BulkShown(int Total, IReadOnlyDictionary<string, int> Counts, IReadOnlyList<BulkItemShown> Items);

sealed record BulkItemShown(Guid? CandidateId, Guid? MutationId, string SkillName, string State, string? Reason)
{
    public Guid Id => CandidateId ?? MutationId ?? default;
}

/// <summary>One UTC day's limits.</summary>
public sealed record DayUsed(DateTimeOffset ResetsAt, IReadOnlyList<LimitUsed> Limits);

public sealed record LimitUsed(string Capability, int Used, int Limit, int Remaining);

sealed record GeneratorShown(string Name, bool? LastFound, string? LastReason, DateTimeOffset? LastAt, ModelShown? Model);

sealed record ModelShown(string Provider, string Model, string? Endpoint, string? Secret, string? Problem);

sealed record RegenerationStarted(Guid CandidateId);

public sealed record TestStarted(Guid TestId);

public sealed record TestShown(Guid TestId, string Status, string? Reason, IReadOnlyList<TestResultShown> Results);

public sealed record TestResultShown(
    JsonElement? Input, string? Ended, JsonElement? Got, string? ExceptionType, string? Message, string? Traceback, string? Stdout, string? Stderr,
    double? WallMs, double? CpuMs, long? PeakMemoryKb);
