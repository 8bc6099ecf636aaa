using AutoDev.Contracts.Reflection;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>An input whose right answer is known.</summary>
/// <param name="EpisodeId">The episode that it comes from; <c>null</c> for one that was imported.</param>
/// <param name="InputJson">JSON text of an object: the arguments by name.</param>
/// <param name="ExpectedJson">JSON text of the right answer.</param>
/// <param name="Description">What it is called where it has no episode.</param>
public sealed record Example(string? EpisodeId, string InputJson, string ExpectedJson, string? Description = null);

/// <summary>An input whose right answer nobody has said.</summary>
public sealed record UnansweredInput(string EpisodeId, string InputJson);

/// <summary>What is to be learned from a pattern's failures. Made once and stored, so that the split between seen and held-out examples never moves.</summary>
public sealed record FailureAnalysis
{
    /// <summary>The suggested function name.</summary>
    public required string SkillName { get; init; }

    /// <summary>Tools that the agent tried, each once, in order.</summary>
    public required IReadOnlyList<string> ToolsTried { get; init; }

    /// <summary>The last lines of the error traces, the most frequent first, with how often they came.</summary>
    public required IReadOnlyList<string> Errors { get; init; }

    /// <summary>Examples that the generator gets.</summary>
    public required IReadOnlyList<Example> Seen { get; init; }

    /// <summary>Examples that the generator never sees, by which its result is judged.</summary>
    public required IReadOnlyList<Example> HeldOut { get; init; }

    /// <summary>Inputs without a known answer.</summary>
    public required IReadOnlyList<UnansweredInput> Unanswered { get; init; }

    /// <summary>What a reviewer should know about the episodes, such as contradictions among them.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    const int EveryThird = 3;
    const int MostErrors = 5;
    const int LongestError = 300;

    /// <summary>Analyses a pattern.</summary>
    /// <param name="task">The task, in words.</param>
    /// <param name="episodes">Its episodes, oldest first.</param>
    /// <param name="mustBeSeen">Inputs (JSON texts) that an earlier candidate's generator saw, or that it got wrong: this time the generator gets them.</param>
    public static FailureAnalysis Of(string task, IReadOnlyList<PatternEpisode> episodes, IReadOnlyCollection<string>? mustBeSeen = null)
    {
        var notes = new List<string>();
        var usable = episodes.Where(e => UsableJson.IsObject(e.InputJson)).ToList();
        if (usable.Count < episodes.Count) notes.Add($"{episodes.Count - usable.Count} of {episodes.Count} episodes carry no usable input: a JSON object of at most {UsableJson.MaxLength:N0} characters.");

        var examples = new List<Example>();
        var unanswered = new List<UnansweredInput>();
        foreach (var same in usable.GroupBy(e => e.InputJson!, JsonEquality.OfTexts))
        {
            var answers = same.Where(e => UsableJson.IsValue(e.ExpectedOutputJson)).ToList();
            if (answers.Count == 0)
            {
                unanswered.Add(new(same.First().EpisodeId, same.Key));
                continue;
            }

            // Of two corrections the later one is the correction of the earlier.
            var last = answers[^1];
            examples.Add(new(last.EpisodeId, same.Key, last.ExpectedOutputJson!));
            if (answers.FirstOrDefault(a => !JsonEquality.AreEqual(a.ExpectedOutputJson!, last.ExpectedOutputJson!)) is { } other)
                notes.Add($"Episodes {other.EpisodeId} and {last.EpisodeId} give different answers to the same input; the later one counts.");
        }

        var heldOut = examples.Count < EveryThird ? [] : HeldOutOf(examples, mustBeSeen);

        return new()
        {
            SkillName = Candidates.SkillName.For(task),
            ToolsTried = [.. episodes.SelectMany(e => e.ToolsAttempted).Distinct(StringComparer.Ordinal)],
            Errors = [.. episodes.Select(e => LastLine(e.ErrorTrace)).OfType<string>()
                .GroupBy(line => line, StringComparer.Ordinal).OrderByDescending(g => g.Count()).Take(MostErrors).Select(g => g.Count() > 1 ? $"{g.Key} ({g.Count()} times)" : g.Key)],
            Seen = [.. examples.Where(e => !heldOut.Contains(e))],
            HeldOut = heldOut,
            Unanswered = unanswered,
            Notes = notes,
        };
    }

    // At first one in three is held out. A later attempt has what it must see to go by, so of the others only one in three is shown to it.
    static List<Example> HeldOutOf(List<Example> examples, IReadOnlyCollection<string>? mustBeSeen)
    {
        if (mustBeSeen is null) return [.. examples.Where((_, i) => i % EveryThird == EveryThird - 1)];
        var must = mustBeSeen.ToHashSet(JsonEquality.OfTexts);
        return [.. examples.Where(e => !must.Contains(e.InputJson)).Where((_, i) => i % EveryThird != 0)];
    }

    static string? LastLine(string? trace)
    {
        var line = trace?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return line is { Length: > LongestError } ? line[..LongestError] + "…" : line;
    }
}
