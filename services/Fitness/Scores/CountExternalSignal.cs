using AutoDev.Contracts.Fitness;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Scores;

/// <summary>A business outcome. One for a subject that nobody has spoken of yet is kept, and counts as soon as somebody does.</summary>
sealed class CountExternalSignalConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<FitnessSignalReceived>
{
    public Task Consume(ConsumeContext<FitnessSignalReceived> context) =>
        session.CountAsync(context, context.Message.Subject, [Signal.FromOutside(context.Message)], isFromOwner: false, clock.GetUtcNow());
}
