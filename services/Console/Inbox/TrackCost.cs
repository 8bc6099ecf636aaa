using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.OperatorConsole.Inbox;

/// <summary>A call of a language model that was added to an item's cost.</summary>
public sealed record CountedCall
{
    /// <summary>The call.</summary>
    public required Guid Id { get; init; }
}

/// <summary>Adds up what language models cost for what waits; each call once, whenever it is heard.</summary>
sealed class TrackCostConsumer(IDocumentSession session) : IConsumer<ModelSpent>
{
    public async Task Consume(ConsumeContext<ModelSpent> context)
    {
        var (spent, cancellation) = (context.Message, context.CancellationToken);
        if (InboxSubject.Read(spent.Subject) is not { } subject) return;
        await session.LockAsync(ChangeItem.LockOf(subject.Id), cancellation);
        if (await session.LoadAsync<CountedCall>(spent.SpendId, cancellation) is not null) return;
        session.Store(new CountedCall { Id = spent.SpendId });
        await session.ChangeItemAsync(subject, i => i with { Cost = i.Cost + spent.Cost }, cancellation);
    }
}
