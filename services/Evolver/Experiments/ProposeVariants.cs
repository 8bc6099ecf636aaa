using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Mutators;
using AutoDev.Evolver.Profiles;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Experiments;

/// <summary>Third stage, the first of each iteration: every mutator is asked for other forms of one of the best so far.</summary>
sealed class ProposeVariantsConsumer(IDocumentSession session, Turns turns) : IConsumer<ProposeVariants>
{
    const int MostAttempts = 50;

    public async Task Consume(ConsumeContext<ProposeVariants> context)
    {
        var (asked, cancellation) = (context.Message, context.CancellationToken);
        var turn = turns.Begin(asked.WorkspaceId, session, context, cancellation);
        var answer = ExperimentId.Proposals(asked.ExperimentId, asked.Iteration, asked.Mutator);
        if (await session.LoadAsync<Experiment>(asked.ExperimentId, cancellation) is not { } experiment || !experiment.Awaited.Contains(answer)) return;
        var mutator = turn.Mutators.Single(m => m.Word == asked.Mutator);
        var proposals = await mutator.ProposeAsync(await RequestAsync(turn, experiment, mutator), cancellation);

        // Not before: a lock held while a model thinks would hold up everybody else.
        await session.LockAsync(Experiment.LockOf(asked.ExperimentId), cancellation);
        experiment = (await session.LoadAsync<Experiment>(asked.ExperimentId, cancellation))!;
        if (!experiment.Awaited.Contains(answer)) return;
        if (proposals.Question is { } question)
            await turn.AskAsync(experiment, answer, question.Source, question.FunctionName, [question.InputJson], question.Limits);
        else
            session.Store(await TakeAsync(turn, experiment.Heard(answer, new(0, 0, proposals.Tokens)), mutator, proposals));
    }

    /// <summary>Begins the next iteration, or ends the experiment where there is nobody to ask.</summary>
    public static async Task<Experiment> AskAsync(Turn turn, Experiment experiment)
    {
        var settings = await turn.Session.SettingsAsync(turn.Cancellation) ?? new();
        var next = experiment with { Iteration = experiment.Iteration + 1 };
        List<string> words = [.. turn.Mutators.Where(m => m.CanPropose(settings)).Select(m => m.Word)];
        if (words.Count == 0) return await EndExperiment.RunAsync(turn, experiment, Outcome.NothingProposed, "No mutator can be asked in this workspace.");

        foreach (var word in words)
        {
            await turn.SayAsync(
                experiment.ConversationId,
                new ProposeVariants { WorkspaceId = turn.Workspace, ExperimentId = experiment.Id, Iteration = next.Iteration, Mutator = word });
        }

        return next.To(
            Stage.Proposing, [.. words.Select(word => ExperimentId.Proposals(experiment.Id, next.Iteration, word))],
            $"Iteration {next.Iteration}: {string.Join(", ", words)} asked.", turn.Now);
    }

    /// <summary>Takes what the sandbox answered to a mutator's question.</summary>
    public static Task<Experiment> HearAsync(Turn turn, Experiment experiment, SandboxRunCompleted run)
    {
        var mutator = turn.Mutators.Single(m => ExperimentId.Proposals(experiment.Id, experiment.Iteration, m.Word) == run.RunId);
        return TakeAsync(turn, experiment, mutator, ProposalAnswer.Read(run));
    }

    static async Task<Experiment> TakeAsync(Turn turn, Experiment experiment, IMutator mutator, Proposals proposals)
    {
        var known = await VariantsAsync(turn, experiment);
        var (parent, other) = Archive.Of(experiment, known).Choose(PlaceOf(turn, mutator));
        var fresh = Fresh(experiment, known, mutator.Word, parent, other, proposals.Found);
        turn.Session.Store<Variant>(fresh);
        experiment = (experiment with { VariantCount = experiment.VariantCount + fresh.Count })
            .Note($"{mutator.Word} proposed {fresh.Count} new variants.{(proposals.Note is { } note ? $" {note}" : "")}", turn.Now);
        return experiment.Awaited.Count > 0
            ? experiment
            : await TryVariants.AskAsync(turn, experiment, [.. known.Where(v => v.Status == VariantStatus.Proposed), .. fresh]);
    }

    /// <summary>Pure: proposals as variants, without what is known already.</summary>
    internal static IReadOnlyList<Variant> Fresh(
        Experiment experiment, IReadOnlyList<Variant> known, string mutator, Form parent, Form? other, IReadOnlyList<Proposal> proposals)
    {
        var (seen, fresh) = (known.Select(v => v.Key).Append(experiment.Original().Key).ToHashSet(StringComparer.Ordinal), new List<Variant>());
        var ancestors = known.FirstOrDefault(v => v.Key == parent.Key)?.Mutator.Split('+') ?? [];
        foreach (var proposal in proposals.Where(p => seen.Add(Variant.KeyOf(p.Source))))
        {
            var key = Variant.KeyOf(proposal.Source);
            fresh.Add(new()
            {
                Id = ExperimentId.Variant(experiment.Id, key), ExperimentId = experiment.Id, Key = key, Iteration = experiment.Iteration,
                Number = experiment.VariantCount + fresh.Count + 1,
                ParentKeys = proposal.IsCrossover && other is not null ? [parent.Key, other.Key] : [parent.Key],
                Mutator = string.Join('+', ancestors.Append(mutator).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)),
                Rules = [.. parent.Rules.Concat(proposal.Rules).Distinct(StringComparer.Ordinal)], Description = proposal.Description, Source = proposal.Source,
                Status = VariantStatus.Proposed,
            });
        }

        return fresh;
    }

    static async Task<MutationRequest> RequestAsync(Turn turn, Experiment experiment, IMutator mutator)
    {
        var known = await VariantsAsync(turn, experiment);
        var (parent, other) = Archive.Of(experiment, known).Choose(PlaceOf(turn, mutator));
        var inputs = (await turn.Session.LoadAsync<TrialInputs>(experiment.Id, turn.Cancellation))!;
        var profile = await turn.Session.LoadAsync<SkillProfile>(SkillVersion.IdOf(experiment.SkillName, experiment.Version), turn.Cancellation);
        return new()
        {
            WorkspaceId = turn.Workspace, ExperimentId = experiment.Id, Iteration = experiment.Iteration,
            Seed = unchecked(experiment.Seed + experiment.Iteration - 1),
            AgentId = experiment.AgentId, SkillName = experiment.SkillName, FunctionName = experiment.FunctionName, Reason = experiment.Reason, Parent = parent,
            Other = other,
            Use = profile is null ? null : new(profile.Count, profile.Failures, profile.Retries, profile.Tokens, profile.P50Seconds, profile.P95Seconds),
            Inputs = [.. inputs.Inputs.Where(i => i.IsRecorded)],
            Attempts = [.. known.OrderByDescending(v => v.Number).Take(MostAttempts)
                .Select(v => new Attempt(v.Source, v.Mutator, v.Description, v.Status, v.Reason, v.Speedup?.Ratio))],
            KnownKeys = [.. known.Select(v => v.Key).Append(experiment.Original().Key)], Limit = turn.Options.Proposals,
            Settings = await turn.Session.SettingsAsync(turn.Cancellation) ?? new(),
        };
    }

    static Task<IReadOnlyList<Variant>> VariantsAsync(Turn turn, Experiment experiment) =>
        turn.Session.Query<Variant>().Where(v => v.ExperimentId == experiment.Id).OrderBy(v => v.Number).ToListAsync(turn.Cancellation);

    static int PlaceOf(Turn turn, IMutator mutator) => turn.Mutators.TakeWhile(m => m != mutator).Count();
}
