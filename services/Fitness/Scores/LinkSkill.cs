using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>
/// A candidate or a mutation became a version of a skill: the version starts with its signals, and gets those that are still under way. A version that was made
/// from a mutation has the mutation's signals only: what its parent earned is the parent's.
/// </summary>
sealed class LinkSkillConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillPublished>
{
    public async Task Consume(ConsumeContext<SkillPublished> context)
    {
        var said = context.Message;
        var now = clock.GetUtcNow();
        var skill = SubjectId.Skill(said.SkillName, said.Version);
        var originId = said.MutationId is { } mutation ? SubjectId.Mutation(mutation) : SubjectId.Candidate(said.CandidateId);
        if (await session.LoadAsync<Subject>(originId, context.CancellationToken) is { Signals.Count: > 0 })
            throw new NotYetKnownException($"The signals of '{originId}' are being moved out of an earlier version's document.");

        var origin = await session.ChangeAsync(
            context, originId, [],
            s => s.Heard(context.ConversationId, now).Became(skill).Of(said.SkillName, measured: null), now, context.CancellationToken);
        var signals = await session.SignalsOf(origin.Id).ToListAsync(context.CancellationToken);
        await session.ChangeAsync(
            context, skill, [.. signals.Reverse().Select(s => s.For(skill))],
            s => s.Heard(context.ConversationId, now).MadeFrom(origin).Of(said.SkillName, origin.Efficiency), now, context.CancellationToken);
    }
}
