using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>Keeps the inbox: what waits for a person, and what was decided.</summary>
sealed class TrackCandidatesConsumer(IDocumentSession session) :
    IConsumer<SkillCandidateProposed>, IConsumer<SkillCandidateValidated>, IConsumer<SkillCandidateValidationFailed>, IConsumer<SkillCandidateGenerationFailed>,
    IConsumer<SkillCandidateApproved>, IConsumer<SkillCandidateRejected>, IConsumer<FitnessScored>
{
    public Task Consume(ConsumeContext<SkillCandidateProposed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidated> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<FitnessScored> context) => CandidateOf(context.Message.Subject) is { } candidate
        ? Track(context, candidate, i => i.With(context.Message), startsLoop: false)
        : Task.CompletedTask;

    /// <summary>Pure: the candidate that a score is about; <c>null</c> where it is about something else.</summary>
    internal static Guid? CandidateOf(string subject) =>
        subject.StartsWith("candidate:", StringComparison.Ordinal) && Guid.TryParse(subject["candidate:".Length..], out var id) ? id : null;

    async Task Track(ConsumeContext context, Guid candidate, Func<InboxItem, InboxItem> with, bool startsLoop = true)
    {
        await session.LockAsync($"candidate/{candidate}", context.CancellationToken);
        var item = await session.LoadAsync<InboxItem>(candidate, context.CancellationToken) ?? new InboxItem { Id = candidate };
        session.Store(with(startsLoop ? item with { ConversationId = item.ConversationId ?? context.ConversationId } : item));
    }
}
