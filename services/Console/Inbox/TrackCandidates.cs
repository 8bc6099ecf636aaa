using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>Keeps the inbox: which candidate waits for a person, what was decided, and how candidates and mutations are scored.</summary>
sealed class TrackCandidatesConsumer(IDocumentSession session) :
    IConsumer<SkillCandidateProposed>, IConsumer<SkillCandidateValidated>, IConsumer<SkillCandidateValidationFailed>, IConsumer<SkillCandidateGenerationFailed>,
    IConsumer<SkillCandidateApproved>, IConsumer<SkillCandidateRejected>, IConsumer<SkillCandidateRestated>, IConsumer<FitnessScored>
{
    public Task Consume(ConsumeContext<SkillCandidateProposed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidated> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<SkillCandidateRestated> context) => Track(context, context.Message.CandidateId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<FitnessScored> context) => InboxSubject.Read(context.Message.Subject) is { } subject
        ? session.ChangeItemAsync(subject, i => i.With(context.Message), context.CancellationToken)
        : Task.CompletedTask;

    Task Track(ConsumeContext context, Guid candidate, Func<InboxItem, InboxItem> with) => session.ChangeItemAsync(
        new(InboxKind.Candidate, candidate), i => with(i with { ConversationId = i.ConversationId ?? context.ConversationId }), context.CancellationToken);
}

/// <summary>An item as other services name it: <c>candidate:{id}</c> or <c>mutation:{id}</c>.</summary>
sealed record InboxSubject(InboxKind Kind, Guid Id)
{
    /// <summary>Pure: <c>null</c> where the subject is something else.</summary>
    public static InboxSubject? Read(string subject) => subject.Split(':', 2) is ["candidate" or "mutation", var id] parts && Guid.TryParse(id, out var known)
        ? new(parts[0] == "mutation" ? InboxKind.Mutation : InboxKind.Candidate, known)
        : null;
}

/// <summary>Items change one message at a time.</summary>
static class ChangeItem
{
    public static string LockOf(Guid item) => $"inbox/{item}";

    public static async Task ChangeItemAsync(this IDocumentSession session, InboxSubject subject, Func<InboxItem, InboxItem> with,
        CancellationToken cancellation)
    {
        await session.LockAsync(LockOf(subject.Id), cancellation);
        var item = await session.LoadAsync<InboxItem>(subject.Id, cancellation) ?? new InboxItem { Id = subject.Id, Kind = subject.Kind };
        session.Store(with(item));
    }
}
