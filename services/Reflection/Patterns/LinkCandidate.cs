using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Remembers which candidates and skills came of which failures, so that an episode can be followed to what was learned from it.</summary>
public sealed class LinkCandidateConsumer(IDocumentSession session)
    : IConsumer<SkillCandidateProposed>, IConsumer<SkillCandidateGenerationFailed>, IConsumer<SkillCandidateValidated>, IConsumer<SkillCandidateValidationFailed>,
        IConsumer<SkillCandidateApproved>, IConsumer<SkillCandidateRejected>, IConsumer<SkillPublished>
{
    public Task Consume(ConsumeContext<SkillCandidateProposed> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId, c => c.Reached(CandidateStage.Proposed, context.Message.SkillName, context.Message.ProposedAt), context);

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId,
            c => c.Reached(CandidateStage.GenerationFailed, context.Message.SkillName, context.Message.FailedAt, context.Message.Reason), context);

    public Task Consume(ConsumeContext<SkillCandidateValidated> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId, c => c.Reached(CandidateStage.Validated, context.Message.SkillName, context.Message.ValidatedAt), context);

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId,
            c => c.Reached(CandidateStage.ValidationFailed, context.Message.SkillName, context.Message.FailedAt, context.Message.Reason), context);

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId, c => c.Reached(CandidateStage.Approved, context.Message.SkillName, context.Message.ApprovedAt), context);

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) =>
        Link(context.Message.CandidateId, context.Message.PatternId,
            c => c.Reached(CandidateStage.Rejected, context.Message.SkillName, context.Message.RejectedAt, context.Message.Reason), context);

    // A mutation's version is not what the candidate became.
    public Task Consume(ConsumeContext<SkillPublished> context) => context.Message.MutationId is not null
        ? Task.CompletedTask
        : Link(context.Message.CandidateId, null, c => c with { Version = context.Message.Version, SkillName = context.Message.SkillName }, context);

    async Task Link(Guid candidateId, Guid? patternId, Func<LearnedCandidate, LearnedCandidate> change, ConsumeContext context)
    {
        var cancellation = context.CancellationToken;
        await session.LockAsync($"learned/{candidateId}", cancellation);
        var known = await session.LoadAsync<LearnedCandidate>(candidateId, cancellation) ?? new LearnedCandidate { Id = candidateId };
        if (known.PatternId is null && patternId is not null && patternId != Guid.Empty) // what was imported answers no failures
        {
            var pattern = await session.LoadAsync<FailurePattern>(patternId.Value, cancellation);
            known = known with { PatternId = patternId, EpisodeIds = pattern is null ? [] : await PatternEpisodes.ToldAsync(session, pattern, cancellation) };
        }

        session.Store(change(known));
    }
}
