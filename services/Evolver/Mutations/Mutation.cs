using System.Text.Json.Serialization;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Contests;
using AutoDev.Evolver.Experiments;
using AutoDev.ServiceDefaults.Http;

namespace AutoDev.Evolver.Mutations;

/// <summary>The stations of a mutation's life, as stored and as answered.</summary>
public static class MutationStatus
{
    /// <summary>It is being proven.</summary>
    public const string Pending = "pending";

    /// <summary>It won its contest; waits for review.</summary>
    public const string Passed = "passed";

    /// <summary>It lost its contest.</summary>
    public const string Failed = "failed";

    /// <summary>Somebody said yes; it is being published.</summary>
    public const string Approved = "approved";

    /// <summary>A version of its skill in the catalog.</summary>
    public const string Promoted = "promoted";

    /// <summary>A person said no, or the catalog did not take it.</summary>
    public const string Rejected = "rejected";

    /// <summary>It was a version that agents got, and was taken back.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Pending, Passed, Failed, Approved, Promoted, Rejected, RolledBack];
}

/// <summary>A proposed new version of a skill, with everything that a reviewer must know about it.</summary>
public sealed record Mutation
{
    /// <summary>Decided by its experiment.</summary>
    public required Guid Id { get; init; }

    /// <summary>Grows by one with every change; the ETag.</summary>
    public required int Revision { get; init; }

    /// <summary>See <see cref="MutationStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The experiment that chose it.</summary>
    public required Guid ExperimentId { get; init; }

    /// <summary>The skill's name in the catalog.</summary>
    public required string SkillName { get; init; }

    /// <summary>The version that it was made from and compared with.</summary>
    public required string ParentVersion { get; init; }

    /// <summary>The function to call.</summary>
    public required string FunctionName { get; init; }

    /// <summary>Its Python source.</summary>
    public required string Source { get; init; }

    /// <summary>The parent's Python source.</summary>
    public required string ParentSource { get; init; }

    /// <summary>What shall become better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>What wrote it: <c>rewrite_rules</c>, <c>language_model</c> or both with a plus between.</summary>
    public required string Mutator { get; init; }

    /// <summary>The rules that made it of the parent.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>What was changed, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The agent whose execution showed the need, where one did.</summary>
    public string? AgentId { get; init; }

    /// <summary>The loop that it is part of, so that what a person decides later still belongs to it.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The trace that it came from; what a person decides goes on with it, and links to the person's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }

    /// <summary>How the contest ended, in words; <c>null</c> until then.</summary>
    public string? Detail { get; init; }

    /// <summary>What original and mutation do with each input; empty until it is known.</summary>
    public IReadOnlyList<InputComparison> ByInput { get; init; } = [];

    /// <summary>The times of the contest; <c>null</c> where nothing could be measured.</summary>
    public ContestTiming? Timing { get; init; }

    /// <summary>How many times as fast it is.</summary>
    public Speedup? Speedup { get; init; }

    /// <summary>The parent's peak memory divided by its own.</summary>
    public double? MemoryRatio { get; init; }

    /// <summary>Recorded inputs that it answers where its parent fails.</summary>
    public int Mended { get; init; }

    /// <summary>Proxy signal: it does not parse.</summary>
    public bool SyntaxError { get; init; }

    /// <summary>Proxy signal: it ended well on every input on which its parent does.</summary>
    public bool ExecutionSuccess { get; init; }

    /// <summary>What the security scan found in it.</summary>
    public IReadOnlyList<SecurityFinding> Findings { get; init; } = [];

    /// <summary>Why the security scan gave no answer, where it gave none.</summary>
    public string? ScanFailed { get; init; }

    /// <summary>What was decided on it.</summary>
    public MutationDecision? Decision { get; init; }

    /// <summary>The version that it became.</summary>
    public string? Version { get; init; }

    /// <summary>When it was chosen.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>When its contest was decided.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(ProposedAt, Id.ToString());

    /// <summary>The lock under which it is decided on.</summary>
    public static string LockOf(Guid id) => $"mutation/{id}";

    /// <summary>The next revision.</summary>
    public Mutation To(string status, DateTimeOffset now) => this with { Status = status, Revision = Revision + 1, UpdatedAt = now };
}

/// <summary>What original and mutation do with one input.</summary>
/// <param name="InputJson">JSON text of the arguments.</param>
/// <param name="IsRecorded">Whether it was really used; else it was made near one that was.</param>
/// <param name="Original">The parent's outcome.</param>
/// <param name="Mutation">The mutation's outcome.</param>
/// <param name="Verdict">See <see cref="Contests.Verdict"/>.</param>
public sealed record InputComparison(string InputJson, bool IsRecorded, InputOutcome Original, InputOutcome Mutation, string Verdict);

/// <summary>The rounds of a contest; CPU milliseconds and peak KiB, one a round.</summary>
public sealed record ContestTiming(
    int Rounds, IReadOnlyList<double> OriginalCpuMs, IReadOnlyList<double> MutationCpuMs, IReadOnlyList<long> OriginalMemoryKb,
    IReadOnlyList<long> MutationMemoryKb);

/// <summary>A word on a mutation.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="By">A person's or key's name, or <c>system:auto_promote</c>.</param>
/// <param name="Reason">Why; always there for a no.</param>
/// <param name="At">When.</param>
public sealed record MutationDecision(bool Approved, string By, string? Reason, DateTimeOffset At);
