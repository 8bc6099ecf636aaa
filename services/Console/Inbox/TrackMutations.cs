using AutoDev.Contracts.Evolver;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>Keeps the inbox: which mutation waits for a person, and what was decided.</summary>
sealed class TrackMutationsConsumer(IDocumentSession session)
    : IConsumer<MutationCompleted>, IConsumer<MutationApproved>, IConsumer<MutationRejected>, IConsumer<MutationRestated>
{
    public Task Consume(ConsumeContext<MutationCompleted> context) => Track(context, context.Message.MutationId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<MutationApproved> context) => Track(context, context.Message.MutationId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<MutationRejected> context) => Track(context, context.Message.MutationId, i => i.With(context.Message));

    public Task Consume(ConsumeContext<MutationRestated> context) => Track(context, context.Message.MutationId, i => i.With(context.Message));

    Task Track(ConsumeContext context, Guid mutation, Func<InboxItem, InboxItem> with) => session.ChangeItemAsync(
        new(InboxKind.Mutation, mutation), i => with(i with { ConversationId = i.ConversationId ?? context.ConversationId }), context.CancellationToken);
}
