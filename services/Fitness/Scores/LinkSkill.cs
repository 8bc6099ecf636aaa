using AutoDev.Contracts.Memento;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A candidate became a version of a skill: the version starts with the candidate's signals, and gets those that are still under way.</summary>
sealed class LinkSkillConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillPublished>
{
    public async Task Consume(ConsumeContext<SkillPublished> context)
    {
        var said = context.Message;
        var now = clock.GetUtcNow();
        var skill = SubjectId.Skill(said.SkillName, said.Version);
        var candidate = await session.ChangeAsync(
            context, SubjectId.Candidate(said.CandidateId), s => s.Heard(context.ConversationId, now).Became(skill), context.CancellationToken);
        await session.ChangeAsync(context, skill, s => s.Heard(context.ConversationId, now).MadeFrom(candidate, now), context.CancellationToken);
    }
}
