using System.Text.Json;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Reflection's API.</summary>
sealed class ReflectionClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Reflection")
{
    public Task<Answer<ListOf<EpisodeRecorded>>> EpisodesAsync(string workspace, EpisodesAsked asked, CancellationToken cancellation) =>
        Get<ListOf<EpisodeRecorded>>(
        In(workspace, "episodes") + Asking(
            ("limit", "25"), ("q", asked.Query), ("agent", asked.Agent), ("outcome", asked.Outcome), ("pattern", asked.Pattern), ("skill", asked.Skill),
            ("from", asked.From),
            ("to", asked.To), ("has_feedback", asked.HasFeedback), ("cursor", asked.Cursor)),
        cancellation);

    public Task<Answer<EpisodeRecorded>> EpisodeAsync(string workspace, string episode, CancellationToken cancellation) =>
        Get<EpisodeRecorded>(In(workspace, "episodes", episode), cancellation);

    public Task<Answer<ListOf<FeedbackGiven>>> FeedbackAsync(string workspace, string episode, CancellationToken cancellation) =>
        Get<ListOf<FeedbackGiven>>(In(workspace, "episodes", episode, "feedback") + Asking(("limit", "50")), cancellation);

    /// <param name="workspace">The workspace.</param>
    /// <param name="episode">The episode.</param>
    /// <param name="value">-1 to 1.</param>
    /// <param name="comment">In words, where there are any.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Answer<FeedbackGiven>> GiveFeedbackAsync(string workspace, string episode, double value, string? comment, CancellationToken cancellation) =>
        Post<FeedbackGiven>(In(workspace, "episodes", episode, "feedback"), new { value, comment }, cancellation);

    /// <summary>Asks for a candidate by hand.</summary>
    public Task<Answer<LearningBegun>> LearnAsync(string workspace, string episode, CancellationToken cancellation) =>
        Send<LearningBegun>(HttpMethod.Post, In(workspace, "episodes", episode, "learn"), cancellation: cancellation);

    public Task<Answer<ListOf<PatternListed>>> PatternsAsync(string workspace, string? agent, string? state, string? cursor, CancellationToken cancellation) =>
        Get<ListOf<PatternListed>>(In(workspace, "patterns") + Asking(("limit", "25"), ("agent", agent), ("state", state), ("cursor", cursor)), cancellation);

    public Task<Answer<PatternListed>> RetryAsync(string workspace, Guid pattern, string reason, CancellationToken cancellation) =>
        Send<PatternListed>(HttpMethod.Post, In(workspace, "patterns", pattern.ToString(), "retry") + Asking(("reason", reason)), cancellation: cancellation);

    public Task<Answer<PatternListed>> DismissAsync(string workspace, Guid pattern, string reason, CancellationToken cancellation) =>
        Send<PatternListed>(HttpMethod.Post, In(workspace, "patterns", pattern.ToString(), "dismiss") + Asking(("reason", reason)), cancellation: cancellation);
}

/// <summary>Which episodes; what is empty does not matter. Times are ISO 8601.</summary>
sealed record EpisodesAsked(
    string? Query = null, string? Agent = null, string? Outcome = null, string? Pattern = null, string? Skill = null, string? From = null, string? To = null,
    string? HasFeedback = null, string? Cursor = null);

/// <summary>An outcome is <c>success</c>, <c>failure</c> or <c>partial</c>. The candidates stand only where one episode is asked for.</summary>
public sealed record EpisodeRecorded(
    string EpisodeId, string AgentId, string TaskDescription, string Outcome, DateTimeOffset RecordedAt, string? ErrorTrace,
    IReadOnlyList<string> ToolsAttempted,
    JsonElement? Input, JsonElement? ExpectedOutput, bool ExpectedOutputKnown, JsonElement? Output, int HumanInterventions, double? ConstitutionalScore,
    double? UserFeedback, IReadOnlyList<string> SkillsUsed, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, JsonElement? Metadata, Guid? PatternId,
    IReadOnlyList<LearnedShown>? Candidates = null);

public sealed record LearnedShown(Guid CandidateId, Guid? PatternId, string? SkillName, string Stage, string? Reason, string? Version, DateTimeOffset At);

public sealed record FeedbackGiven(string FeedbackId, double Value, string? Comment, string GivenBy, DateTimeOffset GivenAt);

sealed record LearningBegun(Guid PatternId);

/// <summary>A state is <c>open</c>, <c>fired</c>, <c>generating</c>, <c>retry</c>, <c>resolved</c>, <c>dismissed</c> or <c>merged</c>.</summary>
sealed record PatternListed(
    Guid PatternId, string AgentId, string TaskDescription, string State, int Failures, DateTimeOffset FirstFailureAt, DateTimeOffset LastFailureAt,
    int Attempts,
    string? Reason, DateTimeOffset? RetryAt, Guid? ConversationId);
