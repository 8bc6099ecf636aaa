using System.Security.Cryptography;
using System.Text;
using AutoDev.Contracts.Reflection;

namespace AutoDev.Fitness.Outcomes;

/// <summary>
/// How well it went once where a skill was used. Outcomes are many, and a score is a sum: they are no part of it, but show how it goes over time.
/// </summary>
/// <param name="Workspace">The tenant.</param>
/// <param name="Id">Of the execution, or of the episode.</param>
/// <param name="Kind"><c>execution</c>, <c>episode</c> or <c>feedback</c>.</param>
/// <param name="Skill">The skill.</param>
/// <param name="Version">The version; <c>null</c> where it is not said: it is then the one in force at the time.</param>
/// <param name="At">When.</param>
/// <param name="Value">0 (bad) to 1 (good).</param>
/// <param name="Seconds">How long an execution took.</param>
/// <param name="Tokens">What it needed of a model.</param>
sealed record Outcome(
    string Workspace, string Id, string Kind, string Skill, string? Version, DateTimeOffset At, double Value, double? Seconds = null, int? Tokens = null)
{
    public const string Execution = "execution", Episode = "episode", Feedback = "feedback";

    /// <summary>The same fact has the same; the latest feedback of an episode takes the place of the ones before.</summary>
    public Guid Key => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{Workspace}\n{Kind}\n{Id}\n{Skill}")).AsSpan(0, 16));

    public static Outcome Of(SkillExecuted said) => new(
        said.WorkspaceId, said.ExecutionId, Execution, said.SkillName, said.SkillVersion, said.RecordedAt, said.Success ? 1 : 0, said.ExecutionSeconds,
        said.TokenUsage);

    public static IEnumerable<Outcome> Of(EpisodeSucceeded said) => OfEach(said.SkillsUsed, said.WorkspaceId, said.EpisodeId, Episode, said.RecordedAt, 1);

    /// <summary>Partly succeeded is not succeeded.</summary>
    public static IEnumerable<Outcome> Of(EpisodeFailed said) => OfEach(said.SkillsUsed, said.WorkspaceId, said.EpisodeId, Episode, said.RecordedAt, 0);

    public static IEnumerable<Outcome> Of(EpisodeFeedbackGiven said) =>
        OfEach(said.SkillsUsed, said.WorkspaceId, said.EpisodeId, Feedback, said.GivenAt, Math.Clamp((said.Value + 1) / 2, 0, 1));

    static IEnumerable<Outcome> OfEach(IReadOnlyList<string> skills, string workspace, string id, string kind, DateTimeOffset at, double value) =>
        skills.Distinct(StringComparer.Ordinal).Select(skill => new Outcome(workspace, id, kind, skill, null, at, value));
}
