using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>
/// Looks for what the catalog has that is nearly the same as a candidate that has just been validated. It waits for nothing and nobody waits for it: the candidate
/// can be decided on meanwhile, and without a sandbox only the texts are compared.
/// </summary>
public sealed class FindDuplicatesConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillCandidateValidated>
{
    const int MostNear = 100;
    const int MostAlike = 50;
    const int MostRun = 8;
    const int MostShown = 12;
    const int MostInputs = 20;
    const double WorthShowing = 0.5;

    /// <inheritdoc />
    public async Task Consume(ConsumeContext<SkillCandidateValidated> context)
    {
        var (id, cancellation) = (context.Message.CandidateId, context.CancellationToken);
        await session.LockAsync("skill_sketches", cancellation);
        await SketchTable.CompleteAsync(session, cancellation);
        await session.LockAsync($"candidate/{id}", cancellation);
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not { Status: CandidateStatus.Validated, RunId: { } run } candidate) return;
        if (await session.LoadAsync<DuplicateSearch>(CandidateId.DuplicatesOf(id), cancellation) is { } before && before.ValidatingRun == run) return;

        var code = candidate.Generated!;
        var (source, words) = (SourceSketch.Of(code.Source), WordsOf(candidate));
        var near = await SketchTable.NearAsync(session, source, MostNear, cancellation);
        var alike = await SketchTable.AlikeAsync(session, code.Parameters.Count, words, MostAlike, cancellation);
        var sketches = near.Concat(alike).DistinctBy(s => (s.Skill, s.Version)).ToList();
        var skills = (await session.LoadManyAsync<Skill>(cancellation, [.. sketches.Select(s => s.Skill).Distinct(StringComparer.Ordinal)]))
            .ToDictionary(s => s.Name, StringComparer.Ordinal);
        var ranked = Ranked(candidate, source, words, sketches, skills);
        var versions = (await session.LoadManyAsync<SkillVersion>(cancellation, [.. ranked.Select(c => SkillVersion.IdOf(c.SkillName, c.Version))]))
            .ToDictionary(v => v.SkillName, StringComparer.Ordinal);

        var (search, runs) = Decide(candidate, context.Message.WorkspaceId, ranked, versions, clock.GetUtcNow());
        session.Store(search);
        if (candidate.WithDuplicates(search.NearDuplicates(), clock.GetUtcNow()) is { } flagged) session.Store(flagged);
        foreach (var request in runs) await context.Publish(request);
    }

    /// <summary>Pure: what is to be compared, nearest first. What is no skill's current version any more is passed over.</summary>
    internal static IReadOnlyList<Comparison> Ranked(
        SkillCandidate candidate, SourceSketch source, string[] words, IEnumerable<SkillSketch> sketches, IReadOnlyDictionary<string, Skill> skills) =>
    [
        .. sketches.Where(s => skills.GetValueOrDefault(s.Skill)?.CurrentVersion == s.Version)
            .Select(s => new Comparison
            {
                SkillName = s.Skill, Version = s.Version, Description = skills[s.Skill].Description, TextLikeness = Math.Round(source.Resemblance(s.Source), 3),
                DescriptionLikeness = Math.Round(Description.Likeness(words, [.. s.Words]), 3),
            })
            .OrderByDescending(c => c.SkillName == candidate.Analysis.SkillName).ThenByDescending(c => Math.Max(c.TextLikeness, c.DescriptionLikeness))
            .ThenBy(c => c.SkillName, StringComparer.Ordinal).Take(MostShown),
    ];

    /// <summary>Pure: the search, and what the sandbox is asked: the nearest that can take the candidate's arguments, on its own inputs.</summary>
    internal static (DuplicateSearch Search, IReadOnlyList<RunInSandbox> Runs) Decide(
        SkillCandidate candidate, string workspace, IReadOnlyList<Comparison> ranked, IReadOnlyDictionary<string, SkillVersion> versions, DateTimeOffset now)
    {
        var (compared, runs, validating) = (new List<Comparison>(), new List<RunInSandbox>(), candidate.RunId!.Value);
        var inputs = InputsOf(candidate);
        var isTelling = inputs.Select(i => candidate.Validation!.Outcomes[i].ValueJson ?? "").Distinct(JsonEquality.OfTexts).Count() > 1;
        foreach (var comparison in ranked)
        {
            var version = versions[comparison.SkillName];
            if (runs.Count == MostRun || inputs.Count == 0 || Renaming(candidate.Generated!.Parameters, version.Parameters) is not { } renaming)
            {
                var why = runs.Count == MostRun ? "It is not among the nearest." : inputs.Count == 0 ? "No input can be used." : "It takes other arguments.";
                if (comparison.TextLikeness >= WorthShowing) compared.Add(comparison with { NotCompared = why });
                continue;
            }

            var run = new RunInSandbox
            {
                RunId = CandidateId.ComparisonOf(validating, version.Id), WorkspaceId = workspace, RequestedBy = MementoModule.Service, SubjectId = candidate.Id,
                Source = version.Source, FunctionName = version.FunctionName, Inputs = [.. inputs.Select(i => Renamed(candidate.Plan[i].InputJson!, renaming))],
            };
            runs.Add(run);
            compared.Add(comparison with { RunId = run.RunId, Inputs = inputs, IsTelling = isTelling });
        }

        return (new() { Id = CandidateId.DuplicatesOf(candidate.Id), CandidateId = candidate.Id, ValidatingRun = validating, Compared = compared, StartedAt = now }, runs);
    }

    /// <summary>
    /// Pure: the candidate's names of the arguments to the skill's: by name where they are the same, else by their order; <c>null</c> where they are not as many.
    /// </summary>
    internal static IReadOnlyDictionary<string, string>? Renaming(IReadOnlyList<string> candidate, IReadOnlyList<string> skill)
    {
        if (candidate.Count != skill.Count || candidate.Count == 0) return null;
        var sameNames = candidate.ToHashSet(StringComparer.Ordinal).SetEquals(skill);
        return candidate.Select((name, i) => (name, To: sameNames ? name : skill[i])).ToDictionary(p => p.name, p => p.To, StringComparer.Ordinal);
    }

    static string Renamed(string input, IReadOnlyDictionary<string, string> renaming)
    {
        var renamed = new JsonObject();
        foreach (var argument in JsonElement.Parse(input).EnumerateObject())
            renamed[renaming.GetValueOrDefault(argument.Name, argument.Name)] = JsonNode.Parse(argument.Value.GetRawText());
        return renamed.ToJsonString();
    }

    // Of the episodes' inputs; what is hostile tells how errors are handled, not what is done. An answer that was too long to keep cannot be compared.
    static List<int> InputsOf(SkillCandidate candidate) =>
    [
        .. candidate.Validation!.Outcomes
            .Select((outcome, i) => (Outcome: outcome, Index: i, Input: candidate.Plan[i]))
            .Where(p => p.Input is { Kind: not InputKind.Hostile, InputJson: not null } && (p.Outcome.Ended != "ok" || p.Outcome.ValueJson is not null))
            .Select(p => p.Index).Take(MostInputs),
    ];

    static string[] WordsOf(SkillCandidate candidate) =>
        Description.WordsOf([candidate.Analysis.SkillName, candidate.Generated!.Description, candidate.TaskDescription, .. candidate.Generated.Parameters]);
}
