using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Memento's catalog.</summary>
sealed class SkillsClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Memento")
{
    public Task<Answer<ListOf<SkillListed>>> ListAsync(string workspace, SkillsAsked asked, CancellationToken cancellation) => Get<ListOf<SkillListed>>(
        In(workspace, "skills") + Asking(("limit", "25"), ("query", asked.Query), ("sort", asked.Sort), ("state", asked.State), ("cursor", asked.Cursor)),
        cancellation);

    public Task<Answer<SkillShown>> SkillAsync(string workspace, string name, CancellationToken cancellation) =>
        Get<SkillShown>(In(workspace, "skills", name), cancellation);

    public Task<Answer<SkillVersionShown>> VersionAsync(string workspace, string name, string version, CancellationToken cancellation) =>
        Get<SkillVersionShown>(In(workspace, "skills", name, "versions", version), cancellation);

    /// <summary>Runs a version in the sandbox with a person's own arguments.</summary>
    public Task<Answer<TestStarted>> TestAsync(string workspace, string name, string version, IReadOnlyList<JsonElement> inputs, CancellationToken cancellation) =>
        Post<TestStarted>(In(workspace, "skills", name, "versions", version, "test"), new { inputs }, cancellation);

    public Task<Answer<TestShown>> TestAsync(string workspace, string name, string version, Guid test, CancellationToken cancellation) =>
        Get<TestShown>(In(workspace, "skills", name, "versions", version, "tests", test.ToString()), cancellation);

    public Task<Answer<LineageShown>> LineageAsync(string workspace, string name, CancellationToken cancellation) =>
        Get<LineageShown>(In(workspace, "skills", name, "lineage"), cancellation);

    public Task<Answer<SkillUsageShown>> UsageAsync(string workspace, string name, int days, CancellationToken cancellation) =>
        Get<SkillUsageShown>(In(workspace, "skills", name, "usage") + Asking(("days", days.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>Gives agents another version; void where the skill has changed since it was seen.</summary>
    public Task<Answer<SkillShown>> RollBackAsync(string workspace, string name, string version, string reason, string seen, CancellationToken cancellation) =>
        Post<SkillShown>(In(workspace, "skills", name, "rollback"), new { version, reason }, cancellation, seen);

    public Task<Answer<SkillShown>> RetireAsync(string workspace, string name, string reason, string seen, CancellationToken cancellation) =>
        Post<SkillShown>(In(workspace, "skills", name, "retire"), new { reason }, cancellation, seen);

    public Task<Answer<SkillShown>> RestoreAsync(string workspace, string name, string reason, string seen, CancellationToken cancellation) =>
        Post<SkillShown>(In(workspace, "skills", name, "restore"), new { reason }, cancellation, seen);

    /// <summary>Keeps a version for the agent; for all that have no pin of their own where none is named.</summary>
    public Task<Answer<SkillShown>> PinAsync(string workspace, string name, string version, string? agent, string reason, string seen,
        CancellationToken cancellation) =>
        Post<SkillShown>(In(workspace, "skills", name, "pin"), new { version, agent, reason }, cancellation, seen);

    public Task<Answer<SkillShown>> UnpinAsync(string workspace, string name, string? agent, string reason, string seen, CancellationToken cancellation) =>
        Post<SkillShown>(In(workspace, "skills", name, "unpin"), new { agent, reason }, cancellation, seen);

    /// <summary>Brings skills from elsewhere: each becomes a candidate.</summary>
    public Task<Answer<SkillsImported>> ImportAsync(string workspace, byte[] archive, CancellationToken cancellation) =>
        Post<SkillsImported>(In(workspace, "skills", "import"), new ByteArrayContent(archive) { Headers = { ContentType = new("application/zip") } },
            cancellation);
}

/// <param name="Query">Words that name, description or task must have.</param>
/// <param name="Sort"><c>newest</c>, <c>name</c> or <c>most_used</c>.</param>
/// <param name="State"><c>published</c>, <c>retired</c> or <c>all</c>.</param>
/// <param name="Cursor">Where the last page ended.</param>
sealed record SkillsAsked(string? Query, string? Sort = null, string? State = null, string? Cursor = null);

sealed record SkillsImported(string ArchiveSha256, IReadOnlyList<ImportedAs> Skills);

sealed record ImportedAs(string SkillName, Guid CandidateId, string Status, bool IsNew);

sealed record SkillListed(
    string Name, string CurrentVersion, string Description, string TaskDescription, DateTimeOffset PublishedAt, DateTimeOffset? RetiredAt, int Pins,
    UsageSummaryShown? Usage);

public sealed record UsageSummaryShown(long Calls, long Failures, DateTimeOffset? LastUsedAt);

public sealed record SkillShown(
    string Name, string CurrentVersion, string Description, string TaskDescription, string FunctionName, IReadOnlyList<string> Parameters,
    IReadOnlyList<VersionListed> Versions, DateTimeOffset PublishedAt, RetirementShown? Retired, IReadOnlyList<PinShown> Pins,
    CanaryShown? Canary = null);

/// <summary>The current version goes to this share of the agents until it has proven itself; the others get the other version.</summary>
public sealed record CanaryShown(string InsteadVersion, double Share, DateTimeOffset Since);

public sealed record VersionListed(string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt,
    Guid? MutationId = null);

public sealed record RetirementShown(string By, DateTimeOffset At, string Reason);

/// <summary>Who keeps a version; without an agent: all that have no pin of their own.</summary>
public sealed record PinShown(string? AgentId, string Version, string By, DateTimeOffset At, string Reason);

sealed record SkillVersionShown(
    string SkillName, string Version, string? ParentVersion, string FunctionName, IReadOnlyList<string> Parameters, string Description, string Source,
    Guid CandidateId,
    string AgentId, string PublishedBy, DateTimeOffset PublishedAt, JsonElement? InputSchema = null);

public sealed record LineageShown(string Name, string CurrentVersion, IReadOnlyList<LineageNodeShown> Nodes);

/// <summary>A version, oldest first in its list; <c>*</c> among the agents stands for all that have no pin of their own.</summary>
public sealed record LineageNodeShown(
    string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt, bool IsCurrent, IReadOnlyList<string> PinnedAgents,
    IReadOnlyList<SkillEventShown> Events);

/// <summary>A kind is <c>published</c>, <c>rolled_back</c>, <c>retired</c>, <c>restored</c>, <c>pinned</c>, <c>unpinned</c> or <c>confirmed</c>.</summary>
public sealed record SkillEventShown(string Kind, string Version, string? FromVersion, string? AgentId, string By, string? Reason, DateTimeOffset At);

public sealed record SkillUsageShown(
    DateOnly From, UsageFiguresShown Total, IReadOnlyList<VersionUsageShown> ByVersion, IReadOnlyList<AgentUsageShown> ByAgent,
    IReadOnlyList<DayUsageShown> ByDay);

/// <summary>Figures of executions; seconds are right to five per cent.</summary>
public sealed record UsageFiguresShown(long Calls, long Failures, long Retries, long Tokens, double P50Seconds, double P95Seconds, DateTimeOffset? LastUsedAt);

public sealed record VersionUsageShown(string Version, UsageFiguresShown Usage);

public sealed record AgentUsageShown(string AgentId, UsageFiguresShown Usage);

public sealed record DayUsageShown(DateOnly Day, UsageFiguresShown Usage);
