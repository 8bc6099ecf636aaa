using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.BulkReview;

/// <summary>To the service itself: decide on one mutation of a bulk decision.</summary>
/// <param name="WorkspaceId">The tenant.</param>
/// <param name="BulkId">The bulk decision.</param>
/// <param name="MutationId">The mutation.</param>
public sealed record DecideMutation(string WorkspaceId, Guid BulkId, Guid MutationId)
{
    /// <summary>To this service's own queue, under the item's id: a dead letter of that id is this item's.</summary>
    internal async Task SendAsync(ISendEndpointProvider sender, Guid id, CancellationToken cancellation) =>
        await (await sender.GetSendEndpoint(new Uri("exchange:evolver-decide-mutation"))).Send(this, context => context.MessageId = id, cancellation);
}

/// <summary>Decides on one mutation as a person would, if it is still what was seen; if not, notes why.</summary>
sealed class DecideMutationConsumer(IDocumentSession session, IOptions<EvolutionOptions> options, TimeProvider clock) : IConsumer<DecideMutation>
{
    public async Task Consume(ConsumeContext<DecideMutation> context)
    {
        var (asked, cancellation, now) = (context.Message, context.CancellationToken, clock.GetUtcNow());
        await session.LockAsync(Mutation.LockOf(asked.MutationId), cancellation);
        var item = await session.LoadAsync<BulkItem>(BulkItem.IdOf(asked.BulkId, asked.MutationId), cancellation);
        if (item is not { State: BulkItem.Waiting }) return;

        var bulk = (await session.LoadAsync<BulkDecision>(asked.BulkId, cancellation))!;
        var mutation = await session.LoadAsync<Mutation>(asked.MutationId, cancellation);
        if (BulkItem.WhyNot(item.Seen, mutation) is { } reason)
        {
            session.Store(item with { State = BulkItem.Skipped, Reason = reason, At = now });
            return;
        }

        await ReviewMutation.CarryOutAsync(asked.WorkspaceId, mutation!, bulk.Decision! with { At = now }, session, context, options.Value, cancellation);
        session.Store(item with { State = BulkItem.Decided, At = now });
    }
}

/// <summary>Only sent to, never published. Few at once: an operator's other work goes on beside it.</summary>
sealed class DecideMutationDefinition : ConsumerDefinition<DecideMutationConsumer>
{
    const int AtOnce = 4;

    public DecideMutationDefinition()
    {
        ConcurrentMessageLimit = AtOnce;
        Endpoint(endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = AtOnce;
        });
    }
}
