using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A person's no.</summary>
sealed class CountRejectionConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillCandidateRejected>
{
    public Task Consume(ConsumeContext<SkillCandidateRejected> context) => session.CountAsync(
        context, SubjectId.Candidate(context.Message.CandidateId), [Decide(context.Message)], isFromOwner: true, clock.GetUtcNow());

    public static Signal Decide(SkillCandidateRejected said) =>
        Signal.OfCandidate(said.CandidateId, "rejected", said.RejectedAt, $"{said.RejectedBy}: {said.Reason}", said.RejectedBy);
}
