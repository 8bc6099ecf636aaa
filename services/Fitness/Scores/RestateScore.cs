using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>What is said again of a candidate or a mutation has a score, which is said again with it, in the revision that stands.</summary>
sealed class RestateScoreConsumer(IDocumentSession session) : IConsumer<SkillCandidateRestated>, IConsumer<MutationRestated>
{
    public Task Consume(ConsumeContext<SkillCandidateRestated> context) => Say(context, SubjectId.Candidate(context.Message.CandidateId));

    public Task Consume(ConsumeContext<MutationRestated> context) => Say(context, SubjectId.Mutation(context.Message.MutationId));

    async Task Say(ConsumeContext context, string id)
    {
        if (await session.LoadAsync<Subject>(id, context.CancellationToken) is { IsKnown: true, SignalCount: > 0 } subject)
            await context.Publish(subject.Say(session.TenantId), context.CancellationToken);
    }
}
