using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Generation;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Candidates;

/// <summary>Writes a candidate's code and sends it to the sandbox, or says why there is none.</summary>
public sealed class GenerateSkillConsumer(
    IDocumentSession session, ISkillGenerator generator, IOptions<GenerationOptions> options, TimeProvider clock, ILogger<GenerateSkillConsumer> logger)
    : IConsumer<GenerateSkill>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<GenerateSkill> context)
    {
        var (id, cancellation) = (context.Message.CandidateId, context.CancellationToken);
        var candidate = await session.LoadAsync<SkillCandidate>(id, cancellation) ?? throw new NotYetKnownException($"Candidate {id} is not known.");
        if (candidate.Status != CandidateStatus.Generating) return;
        var generation = await GenerateAsync(candidate, cancellation);

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

    /// <summary>Pure: where the candidate goes, and what the sandbox is asked, if anything.</summary>
    internal static (SkillCandidate Next, RunInSandbox? Run) Decide(SkillCandidate candidate, GenerationResult generation, string workspace, DateTimeOffset now)
    {
        if (generation.Skill is not { } skill)
            return (candidate.To(CandidateStatus.GenerationFailed, now) with { FailureReason = generation.Reason }, null);

        return ValidationPlan.Ask(candidate with { Generated = skill }, workspace, now);
    }

    /// <summary>Pure: what the generator gets to know.</summary>
    internal static GenerationRequest Request(SkillCandidate candidate) => new()
    {
        FunctionName = candidate.Analysis.SkillName, TaskDescription = candidate.TaskDescription, Examples = candidate.Analysis.Seen,
        Errors = candidate.Analysis.Errors, ToolsTried = candidate.Analysis.ToolsTried, Guidance = candidate.Guidance,
    };

    async Task<GenerationResult> GenerateAsync(SkillCandidate candidate, CancellationToken cancellation)
    {
        var budget = options.Value.TimeBudget;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(budget);
        try
        {
            return await generator.GenerateAsync(Request(candidate), limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return GenerationResult.Nothing($"No program was found within {budget.TotalSeconds:0.#} seconds.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A generator that stumbles over one pattern would stumble again: the candidate ends with the reason instead of hanging in between.
            logger.LogError(e, "The generator failed on candidate {Candidate}", candidate.Id);
            return GenerationResult.Nothing($"The generator failed: {e.Message}");
        }
    }
}

/// <summary>A search keeps a processor busy and its time budget is wall time: more of them at once than half the processors would find less.</summary>
public sealed class GenerateSkillDefinition : ConsumerDefinition<GenerateSkillConsumer>
{
    /// <summary>Sets the limit.</summary>
    public GenerateSkillDefinition()
    {
        var atOnce = Math.Max(1, Environment.ProcessorCount / 2);
        ConcurrentMessageLimit = atOnce;
        Endpoint(endpoint => endpoint.PrefetchCount = atOnce);
    }
}
