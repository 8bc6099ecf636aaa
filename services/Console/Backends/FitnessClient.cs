using System.Globalization;
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
}

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
