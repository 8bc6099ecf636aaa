using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A person's yes.</summary>
sealed class CountApprovalConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillCandidateApproved>
{
    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => session.CountAsync(
        context, SubjectId.Candidate(context.Message.CandidateId), [Decide(context.Message)], isFromOwner: true, clock.GetUtcNow());

    public static Signal Decide(SkillCandidateApproved said) => Signal.OfCandidate(
        said.CandidateId, "approved", said.ApprovedAt, said.Reason is null ? said.ApprovedBy : $"{said.ApprovedBy}: {said.Reason}", said.ApprovedBy);
}
