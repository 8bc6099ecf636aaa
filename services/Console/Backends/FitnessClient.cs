using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Fitness's API.</summary>
sealed class FitnessClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Fitness")
{
    public Task<Answer<ListOf<ScoreListed>>> ScoresAsync(string workspace, string? kind, string? label, string? status, string? cursor,
        CancellationToken cancellation) =>
        Get<ListOf<ScoreListed>>(In(workspace, "scores") + Asking(("limit", "25"), ("kind", kind), ("label", label), ("status", status), ("cursor", cursor)),
            cancellation);

    public Task<Answer<ScoreShown>> ScoreAsync(string workspace, string subject, CancellationToken cancellation) =>
        Get<ScoreShown>(In(workspace, "scores", subject), cancellation);

    public Task<Answer<ListOf<ScoreChanged>>> HistoryAsync(string workspace, string subject, CancellationToken cancellation) =>
        Get<ListOf<ScoreChanged>>(In(workspace, "scores", subject, "history") + Asking(("limit", "100")), cancellation);

    /// <summary>Takes the score as it is instead of waiting for later signals.</summary>
    public Task<Answer<ScoreShown>> EvaluateAsync(string workspace, string subject, CancellationToken cancellation) =>
        Send<ScoreShown>(HttpMethod.Post, In(workspace, "scores", subject, "evaluate"), cancellation: cancellation);

    public Task<Answer<TrendShown>> TrendAsync(string workspace, string skill, string? version, int days, CancellationToken cancellation) => Get<TrendShown>(
        In(workspace, "skills", skill, "trend") + Asking(("version", version), ("days", days.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>Versions and mutations of a skill, best first.</summary>
    public Task<Answer<VariantsShown>> VariantsAsync(string workspace, string skill, CancellationToken cancellation) =>
        Get<VariantsShown>(In(workspace, "skills", skill, "variants"), cancellation);

    /// <summary>Any two that have a score, side by side.</summary>
    public Task<Answer<ScoresCompared>> CompareAsync(string workspace, string left, string right, CancellationToken cancellation) =>
        Get<ScoresCompared>(In(workspace, "compare") + Asking(("left", left), ("right", right)), cancellation);

    public Task<Answer<WeightsShown>> WeightsAsync(string workspace, CancellationToken cancellation) => Get<WeightsShown>(In(workspace, "weights"), cancellation);

    /// <summary>What other weights would do; nothing is changed.</summary>
    public Task<Answer<WeightsPreviewed>> PreviewAsync(string workspace, IReadOnlyDictionary<string, decimal> weights, CancellationToken cancellation) =>
        Post<WeightsPreviewed>(In(workspace, "weights", "preview"), new { weights }, cancellation);

    public Task<Answer<WeightsShown>> SetWeightsAsync(string workspace, IReadOnlyDictionary<string, decimal> weights, string? reason, CancellationToken cancellation) =>
        Send<WeightsShown>(HttpMethod.Put, In(workspace, "weights"), new { weights, reason }, cancellation: cancellation);

    /// <summary>How long outcomes from outside are waited for.</summary>
    public Task<Answer<DeadlineShown>> DeadlineAsync(string workspace, CancellationToken cancellation) => Get<DeadlineShown>(In(workspace, "deadline"), cancellation);

    /// <summary>Changes it; <c>null</c> is the installation's.</summary>
    public Task<Answer<DeadlineShown>> SetDeadlineAsync(string workspace, double? days, string? reason, CancellationToken cancellation) =>
        Send<DeadlineShown>(HttpMethod.Put, In(workspace, "deadline"), new { days, reason }, cancellation: cancellation);

    public Task<Answer<ListOf<SourceShown>>> SourcesAsync(string workspace, CancellationToken cancellation) =>
        Get<ListOf<SourceShown>>(In(workspace, "webhooks"), cancellation);

    public Task<Answer<SourceShown>> SourceAsync(string workspace, string source, CancellationToken cancellation) =>
        Get<SourceShown>(In(workspace, "webhooks", source), cancellation);

    /// <summary>Makes a source, whose secret is in this answer only, or gives it other rules.</summary>
    public Task<Answer<SourceShown>> SetSourceAsync(string workspace, string source, JsonElement rules, string? reason, CancellationToken cancellation) =>
        Send<SourceShown>(HttpMethod.Put, In(workspace, "webhooks", source), new { rules, reason }, cancellation: cancellation);

    /// <summary>A new secret, which is in this answer only.</summary>
    public Task<Answer<SourceShown>> RotateSourceAsync(string workspace, string source, string reason, CancellationToken cancellation) =>
        Send<SourceShown>(HttpMethod.Post, In(workspace, "webhooks", source, "secret") + Asking(("reason", reason)), cancellation: cancellation);

    public Task<Answer<object>> RemoveSourceAsync(string workspace, string source, string reason, CancellationToken cancellation) =>
        Send<object>(HttpMethod.Delete, In(workspace, "webhooks", source) + Asking(("reason", reason)), cancellation: cancellation);

    /// <summary>What a body would become by these rules; nothing is recorded.</summary>
    public Task<Answer<RulesTried>> TryAsync(string workspace, string source, JsonElement body, JsonElement rules, CancellationToken cancellation) =>
        Post<RulesTried>(In(workspace, "webhooks", source, "try"), new { body, rules }, cancellation);

    public Task<Answer<ListOf<ReceivedShown>>> ReceivedAsync(string workspace, string source, string? state, string? cursor, CancellationToken cancellation) =>
        Get<ListOf<ReceivedShown>>(In(workspace, "webhooks", source, "deliveries") + Asking(("limit", "25"), ("state", state), ("cursor", cursor)), cancellation);

    public Task<Answer<ReceivedShown>> ReceivedAsync(string workspace, string source, string id, CancellationToken cancellation) =>
        Get<ReceivedShown>(In(workspace, "webhooks", source, "deliveries", id), cancellation);

    /// <summary>Tries a delivery again, by the rules as they are now.</summary>
    public Task<Answer<ReceivedShown>> ReplayAsync(string workspace, string source, string id, CancellationToken cancellation) =>
        Send<ReceivedShown>(HttpMethod.Post, In(workspace, "webhooks", source, "deliveries", id, "replay"), cancellation: cancellation);
}

sealed record VariantsShown(string Skill, IReadOnlyList<VariantScored> Variants);

sealed record VariantScored(
    string Subject, string Kind, string? Version, double Score, string Label, string Status, int SignalCount, string? MadeFrom, EfficiencyShown? Efficiency,
    LiveShown? Live);

/// <summary>How a version does where it is used: the mean of its outcomes, 0 to 1, with its interval.</summary>
sealed record LiveShown(long Outcomes, double Mean, double Low, double High, double? P50Seconds, double? MeanTokens);

/// <summary>Differences are right minus left.</summary>
sealed record ScoresCompared(SubjectCompared Left, SubjectCompared Right, double UnclampedDifference, double ScoreDifference);

sealed record SubjectCompared(
    string Subject, string Kind, string? Skill, double Score, string Label, string Status, double Unclamped, IReadOnlyList<PartCompared> Parts,
    EfficiencyShown? Efficiency, LiveShown? Live);

/// <summary>A stage is <c>proxy</c> or <c>external</c>.</summary>
sealed record PartCompared(string Signal, string Stage, int Count, double Weight);

sealed record WeightsShown(int Version, IReadOnlyList<WeightShown> Weights, string? ChangedBy, DateTimeOffset? ChangedAt, int Outdated);

sealed record WeightShown(string Signal, decimal Weight, decimal Default, string Stage, string Meaning);

sealed record WeightsPreviewed(int Looked, int Total, IReadOnlyList<WeightEffectShown> Changes);

sealed record WeightEffectShown(string Subject, string Kind, double Before, double After, string LabelBefore, string LabelAfter);

sealed record DeadlineShown(double Days, double UsualDays, string? ChangedBy, DateTimeOffset? ChangedAt);

/// <summary>What other systems may post to. The secret is there only where it was just made.</summary>
sealed record SourceShown(
    string Source, string Path, JsonElement Rules, string ChangedBy, DateTimeOffset ChangedAt, DateTimeOffset SecretIssuedAt,
    DateTimeOffset? PreviousSecretValidUntil, string? Secret);

/// <summary>A state is <c>recorded</c>, <c>ignored</c> or <c>failed</c>.</summary>
sealed record RulesTried(string State, IReadOnlyList<RuleTried> Results);

sealed record RuleTried(string Rule, bool Fits, JsonElement? Signal, IReadOnlyDictionary<string, string>? Errors);

/// <summary>What came, and what became of it; the body stands only where one was asked for.</summary>
sealed record ReceivedShown(string Id, DateTimeOffset ReceivedAt, string State, IReadOnlyList<SignalMade> Signals, int Replays, JsonElement? Body = null);

/// <summary>A status is <c>recorded</c>, <c>duplicate</c>, <c>conflict</c> or <c>invalid</c>.</summary>
sealed record SignalMade(string Rule, string Status, string? SignalId, string? Subject, string? Signal, string? Why);

/// <summary>A status is <c>waiting</c>, <c>pending</c> or <c>evaluated</c>; a kind <c>candidate</c>, <c>mutation</c> or <c>skill</c>.</summary>
sealed record ScoreListed(string Subject, string Kind, double Score, string Label, string Status, int SignalCount, DateTimeOffset ScoredAt);

/// <summary>The weights of the parts add up to the unclamped score.</summary>
sealed record ScoreShown(
    string Subject, string Kind, double Score, string Label, string Status, int SignalCount, double Unclamped, DateTimeOffset ScoredAt,
    string? EvaluationRequestedBy,
    EfficiencyShown? Efficiency, IReadOnlyList<ScorePartShown> Parts);

/// <summary>Against the parent, apart from the score: above 1 is better.</summary>
sealed record EfficiencyShown(string ParentVersion, double? Speedup, double? SpeedupLow, double? SpeedupHigh, double? MemoryRatio, int Inputs, int Mended);

sealed record ScorePartShown(string SignalId, string Signal, double Weight, string Reason, double? Value, string Source, string? By,
    DateTimeOffset OccurredAt, DateTimeOffset CountedAt,
    string? VoidedBy);

sealed record ScoreChanged(DateTimeOffset At, double Score, string Label, string Status, string? Signal, double? Value, double? Weight, string? By);

/// <summary>The outcomes of a skill by day, with the versions that came in between and the drops that were found.</summary>
public sealed record TrendShown(IReadOnlyList<TrendPoint> Points, IReadOnlyList<TrendVersion> Versions, IReadOnlyList<TrendDrop> Drops);

/// <summary>Mean of a UTC day's outcomes, 0 to 1, with its interval.</summary>
public sealed record TrendPoint(DateOnly Day, long Count, double Mean, double Low, double High);

/// <summary>Agents got the version from then on, because it was <c>published</c>, <c>confirmed</c> or <c>rolled_back</c> to.</summary>
public sealed record TrendVersion(string Version, DateTimeOffset From, string? Because = null);

/// <summary>Outcomes of the kind <c>execution</c>, <c>episode</c> or <c>feedback</c> became worse.</summary>
public sealed record TrendDrop(string? Version, string? Kind, DateTimeOffset Since, double Before, double After, double PValue);
