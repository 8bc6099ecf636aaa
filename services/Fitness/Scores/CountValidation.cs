using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A candidate that passed every check parses and runs.</summary>
sealed class CountValidationConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillCandidateValidated>
{
    public Task Consume(ConsumeContext<SkillCandidateValidated> context) => session.CountAsync(
        context, SubjectId.Candidate(context.Message.CandidateId), Decide(context.Message), isFromOwner: true, clock.GetUtcNow());

    public static IReadOnlyList<Signal> Decide(SkillCandidateValidated said) =>
    [
        Signal.OfCandidate(said.CandidateId, "no_syntax_error", said.ValidatedAt),
        Signal.OfCandidate(said.CandidateId, "execution_success", said.ValidatedAt),
    ];
}
