using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A candidate that failed a check may still have parsed, or even run; what it did not do is kept as a reason without a weight.</summary>
sealed class CountFailedValidationConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillCandidateValidationFailed>
{
    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) => session.CountAsync(
        context, SubjectId.Candidate(context.Message.CandidateId), Decide(context.Message), isFromOwner: true, clock.GetUtcNow());

    public static IReadOnlyList<Signal> Decide(SkillCandidateValidationFailed said) =>
    [
        Signal.OfCandidate(said.CandidateId, said.SyntaxError ? "syntax_error" : "no_syntax_error", said.FailedAt, said.SyntaxError ? said.Reason : null),
        Signal.OfCandidate(
            said.CandidateId, said.ExecutionSuccess ? "execution_success" : "execution_failure", said.FailedAt, said.ExecutionSuccess ? null : said.Reason),
    ];
}
