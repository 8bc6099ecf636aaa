using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating;
using AutoDev.Memento.Generation;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Candidates;

/// <summary>Writes a candidate's code and sends it to the sandbox, or says why there is none.</summary>
public sealed class GenerateSkillConsumer(IDocumentSession session, ISkillGenerator generator, TimeProvider clock) : IConsumer<GenerateSkill>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<GenerateSkill> context)
    {
        var (id, cancellation) = (context.Message.CandidateId, context.CancellationToken);
        var candidate = await session.LoadAsync<SkillCandidate>(id, cancellation) ?? throw new NotYetKnownException($"Candidate {id} is not known.");
        if (candidate.Status != CandidateStatus.Generating) return;
        var model = (await session.SettingsAsync(cancellation))?.ModelProvider;
        var generation = await GenerateAsync(Request(candidate, context.Message.WorkspaceId, model), cancellation);

        // Not before: a lock held while a generator thinks would hold up the reviewers.
        await session.LockAsync($"candidate/{id}", cancellation);
        candidate = (await session.LoadAsync<SkillCandidate>(id, cancellation))!;
        if (candidate.Status != CandidateStatus.Generating) return;

        var (next, run) = Decide(candidate, generation, context.Message.WorkspaceId, clock.GetUtcNow());
        session.Store(next);
        if (run is null)
        {
            await context.Publish(new SkillCandidateGenerationFailed
            {
                WorkspaceId = context.Message.WorkspaceId, CandidateId = id, PatternId = next.PatternId, AgentId = next.AgentId, SkillName = next.Analysis.SkillName,
                Reason = next.FailureReason!, FailedAt = next.UpdatedAt,
            });
            return;
        }

        await context.Publish(new SkillCandidateProposed
        {
            WorkspaceId = context.Message.WorkspaceId, CandidateId = id, PatternId = next.PatternId, AgentId = next.AgentId, SkillName = next.Analysis.SkillName,
            Generator = next.Generated!.Generator, ProposedAt = next.UpdatedAt,
        });
        await context.Publish(run);
    }

    async Task<GenerationResult> GenerateAsync(GenerationRequest request, CancellationToken cancellation)
    {
        using var activity = Telemetry.Source.StartActivity("generate skill");
        var generation = await generator.GenerateAsync(request, cancellation);
        activity?.SetTag("autodev.generator", generation.Skill?.Generator).SetTag("autodev.candidate.try", request.Try);
        return generation;
    }

    /// <summary>Pure: where the candidate goes, and what the sandbox is asked, if anything.</summary>
    internal static (SkillCandidate Next, RunInSandbox? Run) Decide(SkillCandidate candidate, GenerationResult generation, string workspace, DateTimeOffset now)
    {
        if (generation.Skill is not { } skill)
            return (candidate.To(CandidateStatus.GenerationFailed, now) with { FailureReason = generation.Reason }, null);

        return ValidationPlan.Ask(candidate with { Generated = skill }, workspace, now);
    }

    /// <summary>Pure: what the generator gets to know. Nothing of what is held out, and so no trace of a failure on it either: traces quote their inputs.</summary>
    internal static GenerationRequest Request(SkillCandidate candidate, string workspace, ModelProvider? model)
    {
        var heldOut = candidate.Analysis.HeldOut.Select(e => e.InputJson).ToHashSet(JsonEquality.OfTexts);
        return new()
        {
            FunctionName = candidate.Analysis.SkillName, TaskDescription = candidate.TaskDescription, Examples = candidate.Analysis.Seen,
            Inputs = [.. candidate.Analysis.Unanswered.Select(u => u.InputJson)],
            Traces = [.. candidate.Episodes.Where(e => !UsableJson.IsObject(e.InputJson) || !heldOut.Contains(e.InputJson!)).Select(e => e.ErrorTrace).OfType<string>().Distinct(StringComparer.Ordinal)],
            ToolsTried = candidate.Analysis.ToolsTried, ReviewerSaid = candidate.ReviewerSaid, Try = candidate.Tries, LastTry = candidate.LastTry,
            Requester = new(workspace, candidate.AgentId, candidate.Id, model),
        };
    }
}

/// <summary>What waits for a model costs little; the search has turns of its own.</summary>
public sealed class GenerateSkillDefinition : ConsumerDefinition<GenerateSkillConsumer>
{
    const int AtOnce = 16;

    /// <summary>Sets the limit.</summary>
    public GenerateSkillDefinition()
    {
        ConcurrentMessageLimit = AtOnce;
        Endpoint(endpoint => endpoint.PrefetchCount = AtOnce);
    }
}
