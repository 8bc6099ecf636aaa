using System.Globalization;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Memento.Search;

/// <summary>Finds the skill for a task.</summary>
public static class SearchSkills
{
    const int LongestTask = 2000, MostHits = 50, HitsUnasked = 5;

    /// <summary>
    /// GET: the skills for a <c>task</c>, in anybody's words, the nearest first, in the version that the <c>agent</c> gets; empty where none has to do with it.
    /// </summary>
    internal static async Task<IResult> Handle(
        string? task, int? limit, string? agent, IQuerySession session, SkillMemory memory, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(task) || task.Length > LongestTask)
            return Problem.Invalid("task", $"task must say in 1 to {LongestTask} characters what is to be done.");
        if (limit is < 1 or > MostHits) return Problem.Invalid("limit", $"limit must be a whole number from 1 to {MostHits}.");

        var (hits, byMeaning) = await memory.SearchAsync(session, task, limit ?? HitsUnasked, cancellation);
        var skills = (await session.LoadManyAsync<Skill>(cancellation, hits.Select(h => h.Name)))
            .Where(s => s.Retired is null).ToDictionary(s => s.Name, StringComparer.Ordinal);
        var versions = (await session.LoadManyAsync<SkillVersion>(cancellation, skills.Values.Select(s => SkillVersion.IdOf(s.Name, s.VersionFor(agent)))))
            .ToDictionary(v => v.SkillName, StringComparer.Ordinal);
        return TypedResults.Ok(new SkillsFound(
            [.. hits.Where(h => versions.ContainsKey(h.Name)).Select(h => Show(h, skills[h.Name], versions[h.Name]))],
            byMeaning ? "meaning_and_words" : "words",
            byMeaning ? null : "The sentence model does not answer: skills that put the task in other words are not found."));
    }

    static FoundSkill Show(Hit hit, Skill skill, SkillVersion version) => new(
        hit.Name, version.Version, version.Description, skill.TaskDescription, version.FunctionName, version.Parameters, Math.Round(hit.Score, 3),
        new(hit.Meaning is { } alike ? Math.Round(alike, 3) : null, Math.Round(hit.Words, 3), hit.Common, InWords(hit)));

    /// <summary>Pure: why it was found, for a person.</summary>
    internal static string InWords(Hit hit)
    {
        var meaning = hit.Meaning is { } alike ? string.Create(CultureInfo.InvariantCulture, $"Its meaning is {alike:0.00} like the task's")
            : "Its meaning is not known";
        return hit.Common.Count == 0 ? $"{meaning}; no word in common." : $"{meaning}; words in common: {string.Join(", ", hit.Common)}.";
    }
}

/// <summary>What a search found.</summary>
/// <param name="Items">Nearest first.</param>
/// <param name="RankedBy"><c>meaning_and_words</c>, or <c>words</c> where the sentence model does not answer.</param>
/// <param name="Notice">What that means, where it means something.</param>
public sealed record SkillsFound(IReadOnlyList<FoundSkill> Items, string RankedBy, string? Notice);

/// <summary>A skill that may do the task.</summary>
/// <param name="Name">The skill.</param>
/// <param name="Version">The version that the agent gets.</param>
/// <param name="Description">What it does.</param>
/// <param name="TaskDescription">The task that it was learned for.</param>
/// <param name="FunctionName">The function to call.</param>
/// <param name="Parameters">Its parameters, in order.</param>
/// <param name="Score">0 to 1, the nearer the higher.</param>
/// <param name="Why">What it is made of.</param>
public sealed record FoundSkill(
    string Name, string Version, string Description, string TaskDescription, string FunctionName, IReadOnlyList<string> Parameters, double Score,
    FoundBecause Why);

/// <summary>Why a skill was found.</summary>
/// <param name="Meaning">How much its meaning is the task's, 0 to 1; absent where it is not known.</param>
/// <param name="Words">The share of the task's words that it has, the rare ones weighing more, 0 to 1.</param>
/// <param name="WordsInCommon">Those of them that are not in every text.</param>
/// <param name="InWords">The same for a person.</param>
public sealed record FoundBecause(double? Meaning, double Words, IReadOnlyList<string> WordsInCommon, string InWords);
