using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>What the catalog has that may be nearly the same as a validated candidate, by its text and by what it does.</summary>
public sealed record DuplicateSearch
{
    /// <summary>See <see cref="CandidateId.DuplicatesOf"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The candidate.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The run that validated it; after another one the search begins again.</summary>
    public required Guid ValidatingRun { get; init; }

    /// <summary>The skills that were looked at, nearest first.</summary>
    public required IReadOnlyList<Comparison> Compared { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Whether every answer is there.</summary>
    public bool IsComplete => Compared.All(c => !c.IsRunning);

    /// <summary>The skills that are nearly the same, as <c>name@version</c>.</summary>
    public IReadOnlyList<string> NearDuplicates() => [.. Compared.Where(c => c.IsNearDuplicate).Select(c => SkillVersion.IdOf(c.SkillName, c.Version))];
}

/// <summary>A candidate beside a version of a skill.</summary>
public sealed record Comparison
{
    // Programs of one generator are alike in all but what counts; measured, see the service's README.
    const double SameText = 0.9;
    const int LongestSaid = 2000;

    /// <summary>The skill.</summary>
    public required string SkillName { get; init; }

    /// <summary>Its version, current when it was looked at.</summary>
    public required string Version { get; init; }

    /// <summary>What it is said to do.</summary>
    public required string Description { get; init; }

    /// <summary>How near the sources are, 0 to 1: see <see cref="SourceSketch"/>.</summary>
    public required double TextLikeness { get; init; }

    /// <summary>How near the descriptions are, 0 to 1: the words that both have, of all that either has.</summary>
    public required double DescriptionLikeness { get; init; }

    /// <summary>The sandbox run that shows what it makes of the candidate's inputs; <c>null</c> where it was not run.</summary>
    public Guid? RunId { get; init; }

    /// <summary>Which inputs of the candidate's plan it was run on, by index.</summary>
    public IReadOnlyList<int> Inputs { get; init; } = [];

    /// <summary>The candidate has different answers to them: to do the same by accident is unlikely.</summary>
    public bool IsTelling { get; init; }

    /// <summary>On how many of them it does what the candidate does; <c>null</c> until it has run.</summary>
    public int? Equal { get; init; }

    /// <summary>The first input on which it does something else.</summary>
    public Difference? FirstDifference { get; init; }

    /// <summary>Why what it does was not compared.</summary>
    public string? NotCompared { get; init; }

    /// <summary>Its answer is still awaited.</summary>
    public bool IsRunning => RunId is not null && Equal is null && NotCompared is null;

    /// <summary>It does the same on all inputs.</summary>
    public bool DoesTheSame => Equal > 0 && Equal == Inputs.Count;

    /// <summary>A reviewer should look whether both are needed: it does the same, or has the same text and was not seen to do something else.</summary>
    public bool IsNearDuplicate => DoesTheSame ? IsTelling || TextLikeness >= SameText : Equal is null && TextLikeness >= SameText;

    /// <summary>Pure: the same with what the sandbox showed.</summary>
    internal Comparison With(SandboxRunCompleted run, SkillCandidate candidate)
    {
        if (run.Status != "completed" || run.Results.Count != Inputs.Count || candidate.Validation is not { } validation)
            return this with { NotCompared = run.Status == "completed" ? "The candidate was run on other inputs since." : $"{run.Status}: {run.Reason}" };
        var pairs = Inputs.Zip(run.Results, (index, result) => (Index: index, Own: validation.Outcomes[index], Other: result)).ToList();
        var differing = pairs.FindAll(p => !IsSame(p.Own, p.Other));
        return this with
        {
            Equal = pairs.Count - differing.Count,
            FirstDifference = differing.Count == 0
                ? null
                : new(candidate.Plan[differing[0].Index].InputJson!, Said(differing[0].Own.ValueJson, differing[0].Own.ExceptionType, differing[0].Own.Ended),
                    Said(differing[0].Other.ValueJson, differing[0].Other.ExceptionType, differing[0].Other.Ended)),
        };
    }

    static bool IsSame(InputOutcome own, InputResult other) => own.ValueJson is { } value
        ? other.Ended == "ok" && other.ValueJson is { } answer && JsonEquality.AreEqual(value, answer)
        : own.Ended == other.Ended && own.ExceptionType == other.ExceptionType;

    static string Said(string? json, string? exception, string ended) =>
        json is null ? JsonSerializer.Serialize(exception ?? ended) : json.Length <= LongestSaid ? json : json[..LongestSaid] + "…";
}

/// <summary>An input on which a candidate and a skill differ.</summary>
/// <param name="InputJson">JSON text of the candidate's arguments.</param>
/// <param name="Candidate">The candidate's answer as JSON text, or how it ended.</param>
/// <param name="Skill">The skill's.</param>
public sealed record Difference(string InputJson, string Candidate, string Skill);
