using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Generation;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Memento.Candidates;

/// <summary>Judges a candidate by what the sandbox showed: to a person, or to its end.</summary>
public sealed class ValidateCandidateConsumer(IDocumentSession session, IOptions<GenerationOptions> options, TimeProvider clock) : IConsumer<SandboxRunCompleted>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<SandboxRunCompleted> context)
    {
        var (run, cancellation) = (context.Message, context.CancellationToken);
        if (run.RequestedBy != MementoModule.Service) return;
        await session.LockAsync($"candidate/{run.SubjectId}", cancellation);
        var candidate = await session.LoadAsync<SkillCandidate>(run.SubjectId, cancellation);
        if (candidate is not { Status: CandidateStatus.Proposed } || candidate.RunId != run.RunId) return;

        if (candidate.Examine(run) is { Passed: true } && candidate.HasNewTests)
        {
            var (again, request) = ValidationPlan.Ask(candidate, run.WorkspaceId, clock.GetUtcNow());
            session.Store(again);
            await context.Publish(request);
            return;
        }

        var next = Decide(candidate, run, clock.GetUtcNow());
        if (run.Status is "completed" or "load_failed" && next.TryAgain(options.Value.Tries) is { } more)
        {
            session.Store(more);
            await context.Publish(new GenerateSkill { WorkspaceId = run.WorkspaceId, CandidateId = more.Id });
            return;
        }

        session.Store(next);
        var validation = next.Validation!;
        if (next.Status == CandidateStatus.Validated)
        {
            await context.Publish(new SkillCandidateValidated
            {
                WorkspaceId = run.WorkspaceId, CandidateId = next.Id, PatternId = next.PatternId, AgentId = next.AgentId, SkillName = next.Analysis.SkillName,
                HeldOutPassed = validation.HeldOutPassed, HeldOutTotal = validation.HeldOutTotal, ValidatedAt = next.UpdatedAt,
            });
            return;
        }

        await context.Publish(new SkillCandidateValidationFailed
        {
            WorkspaceId = run.WorkspaceId, CandidateId = next.Id, PatternId = next.PatternId, AgentId = next.AgentId, SkillName = next.Analysis.SkillName,
            Reason = next.FailureReason!, SyntaxError = validation.SyntaxError, ExecutionSuccess = validation.ExecutionSuccess,
            Counterexamples = validation.HeldOutFailures(next.Plan).Count, FailedAt = next.UpdatedAt,
        });
    }

    /// <summary>Pure: the candidate after its run.</summary>
    internal static SkillCandidate Decide(SkillCandidate candidate, SandboxRunCompleted run, DateTimeOffset now)
    {
        var validation = candidate.Examine(run);

        // The candidate was not found wanting, it was not looked at: the stable word in front tells the two apart.
        var failure = run.Status == "sandbox_unavailable" ? $"sandbox_unavailable: {run.Reason}" : validation.FailureReason;
        return candidate.To(validation.Passed ? CandidateStatus.Validated : CandidateStatus.ValidationFailed, now) with
        {
            Validation = validation,
            Generated = run.Shape?.Signature is { } signature ? candidate.Generated! with { Signature = signature } : candidate.Generated,
            FailureReason = validation.Passed ? null : failure,
        };
    }
}
