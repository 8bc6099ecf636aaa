using System.Text.Json;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>The Evolver's API.</summary>
sealed class EvolverClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Evolver")
{
    public Task<Answer<ListOf<ExperimentListed>>> ExperimentsAsync(string workspace, string? skill, string? status, string? cursor,
        CancellationToken cancellation) =>
        Get<ListOf<ExperimentListed>>(In(workspace, "experiments") + Asking(("limit", "25"), ("skill", skill), ("status", status), ("cursor", cursor)),
            cancellation);

    public Task<Answer<ExperimentShown>> ExperimentAsync(string workspace, Guid id, CancellationToken cancellation) =>
        Get<ExperimentShown>(In(workspace, "experiments", id.ToString()), cancellation);

    public Task<Answer<ExperimentBegun>> StartAsync(string workspace, string skill, string reason, int iterations, CancellationToken cancellation) =>
        Post<ExperimentBegun>(In(workspace, "experiments"), new { skill, reason, iterations }, cancellation);

    public Task<Answer<JsonElement>> CancelAsync(string workspace, Guid id, string reason, CancellationToken cancellation) =>
        Post<JsonElement>(In(workspace, "experiments", id.ToString(), "cancel"), new { reason }, cancellation);

    public Task<Answer<ListOf<MutationListed>>> MutationsAsync(string workspace, string? skill, string? status, string? cursor,
        CancellationToken cancellation) =>
        Get<ListOf<MutationListed>>(In(workspace, "mutations") + Asking(("limit", "25"), ("skill", skill), ("status", status), ("cursor", cursor)),
            cancellation);

    public Task<Answer<MutationShown>> MutationAsync(string workspace, Guid id, CancellationToken cancellation) =>
        Get<MutationShown>(In(workspace, "mutations", id.ToString()), cancellation);

    /// <summary>What of the day's limit of mutations is used.</summary>
    public Task<Answer<DayUsed>> UsedAsync(string workspace, CancellationToken cancellation) => Get<DayUsed>(In(workspace, "usage"), cancellation);

    /// <summary>Approves what was seen; void where it has changed since.</summary>
    public Task<Answer<JsonElement>> ApproveAsync(string workspace, Guid id, string seen, string? reason, CancellationToken cancellation) =>
        Post<JsonElement>(In(workspace, "mutations", id.ToString(), "approve"), new { reason }, cancellation, seen);

    /// <summary>Rejects what was seen; void where it has changed since.</summary>
    public Task<Answer<JsonElement>> RejectAsync(string workspace, Guid id, string seen, string reason, CancellationToken cancellation) =>
        Post<JsonElement>(In(workspace, "mutations", id.ToString(), "reject"), new { reason }, cancellation, seen);

    /// <summary>Looks at what fits: nothing is decided, and the token stands for what was seen.</summary>
    public Task<Answer<BulkPreviewShown<MutationListed>>> LookAsync(string workspace, MutationsAsked filter, CancellationToken cancellation) =>
        Post<BulkPreviewShown<MutationListed>>(In(workspace, "mutations", "decisions"), new { dry_run = true, filter }, cancellation);

    /// <summary>Decides on what was seen; <c>approve</c> or <c>reject</c>.</summary>
    public Task<Answer<BulkBegun>> DecideAsync(string workspace, Guid token, string decision, string reason, CancellationToken cancellation) =>
        Post<BulkBegun>(In(workspace, "mutations", "decisions"), new { token, decision, reason }, cancellation);

    /// <summary>How far a bulk decision is.</summary>
    public Task<Answer<BulkShown>> BulkAsync(string workspace, Guid id, CancellationToken cancellation) =>
        Get<BulkShown>(In(workspace, "mutations", "decisions", id.ToString()), cancellation);
}

/// <summary>Which mutations; what is <c>null</c> does not matter.</summary>
sealed record MutationsAsked(string? Agent, string? Skill, string? Mutator, double? MinSpeedup, bool? Mends);

public sealed record ExperimentBegun(Guid Id);

/// <summary>An experiment in a list. It is open as long as it has no outcome.</summary>
public record ExperimentListed
{
    public Guid Id { get; init; }

    public string SkillName { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary><c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</summary>
    public string Reason { get; init; } = "";

    public string StartedBy { get; init; } = "";

    public string Stage { get; init; } = "";

    /// <summary><c>improved</c>, <c>nothing_proposed</c>, <c>nothing_better</c>, <c>cancelled</c> or <c>failed</c>.</summary>
    public string? Outcome { get; init; }

    public string? Detail { get; init; }

    public int Iterations { get; init; }

    public int Iteration { get; init; }

    public int Runs { get; init; }

    public Guid? MutationId { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public bool IsOpen => EndedAt is null;
}

public sealed record ExperimentShown : ExperimentListed
{
    public BudgetShown? Budget { get; init; }

    public BudgetShown? Spent { get; init; }

    public IReadOnlyList<VariantShown> Variants { get; init; } = [];

    public IReadOnlyList<StepShown> Steps { get; init; } = [];
}

public sealed record BudgetShown(int? Runs, double? Seconds, long? Tokens);

/// <summary>A status is <c>proposed</c>, <c>differs</c>, <c>failed</c>, <c>behaves</c>, <c>measured</c> or <c>chosen</c>.</summary>
public sealed record VariantShown(
    string Key, IReadOnlyList<string>? ParentKeys, string Mutator, IReadOnlyList<string>? Rules, string Description, string Status, string? Reason,
    double? Speedup,
    double? Low, double? High, double? MemoryRatio, int? Size);

public sealed record StepShown(DateTimeOffset At, string Stage, string Text);

/// <summary>A mutation in a list. A ratio is the parent's figure divided by the mutation's: above 1 it is better.</summary>
public record MutationListed
{
    public Guid Id { get; init; }

    public Guid ExperimentId { get; init; }

    public string SkillName { get; init; } = "";

    public string ParentVersion { get; init; } = "";

    /// <summary>What it was published as, or would be.</summary>
    public string? Version { get; init; }

    /// <summary><c>pending</c>, <c>passed</c>, <c>failed</c>, <c>approved</c>, <c>promoted</c>, <c>rejected</c> or <c>rolled_back</c>.</summary>
    public string Status { get; init; } = "";

    public string Reason { get; init; } = "";

    public string Mutator { get; init; } = "";

    public string Description { get; init; } = "";

    public double? Speedup { get; init; }

    public double? SpeedupLow { get; init; }

    public double? SpeedupHigh { get; init; }

    public double? MemoryRatio { get; init; }

    public int Mended { get; init; }

    public int Inputs { get; init; }

    public string? AgentId { get; init; }

    public DateTimeOffset ProposedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    public bool WaitsForAPerson => Status == "passed";

    public bool IsAtWork => Status is "pending" or "approved";
}

public sealed record MutationShown : MutationListed
{
    public string? FunctionName { get; init; }

    public string Source { get; init; } = "";

    public string ParentSource { get; init; } = "";

    public string? Detail { get; init; }

    public IReadOnlyList<string> Rules { get; init; } = [];

    public IReadOnlyList<ComparedInput> ByInput { get; init; } = [];

    public TimingShown? Timing { get; init; }

    public IReadOnlyList<FindingShown> Findings { get; init; } = [];

    public MutationDecision? Decision { get; init; }

    public ReleaseShown? Release { get; init; }
}

/// <summary>A verdict is <c>same</c>, <c>mended</c> or <c>differs</c>; recorded says whether the input was really used.</summary>
public sealed record ComparedInput(JsonElement? Input, CallShown Original, CallShown Mutation, string Verdict, bool Recorded = true);

public sealed record CallShown(string Ended, JsonElement? Value, string? Message, double? CpuMs);

/// <summary>Measured in pairs: the original's and the mutation's CPU time of the same round stand at the same place.</summary>
public sealed record TimingShown(
    int Rounds, IReadOnlyList<double> OriginalCpuMs, IReadOnlyList<double> MutationCpuMs, double? OriginalMemoryKb, double? MutationMemoryKb);

public sealed record FindingShown(string Rule, string? Severity, int? Line, string Message);

public sealed record MutationDecision(string By, string? Reason, DateTimeOffset At, bool Approved);

/// <summary>What became of the version in use. A state is <c>watching</c>, <c>confirmed</c>, <c>rolled_back</c> or <c>superseded</c>.</summary>
public sealed record ReleaseShown(
    string Version, int Watched, int Failures, int ParentWatched, int ParentFailures, double? P50Seconds, double? ParentP50Seconds, string State,
    string? Detail);
