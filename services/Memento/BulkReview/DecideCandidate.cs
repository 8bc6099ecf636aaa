using AutoDev.Embeddings;
using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.BulkReview;

/// <summary>To the service itself: decide on one candidate of a bulk decision.</summary>
/// <param name="WorkspaceId">The tenant.</param>
/// <param name="BulkId">The bulk decision.</param>
/// <param name="CandidateId">The candidate.</param>
public sealed record DecideCandidate(string WorkspaceId, Guid BulkId, Guid CandidateId)
{
    /// <summary>To this service's own queue, under the item's id: a dead letter of that id is this item's.</summary>
    internal async Task SendAsync(ISendEndpointProvider sender, Guid id, CancellationToken cancellation) =>
        await (await sender.GetSendEndpoint(new Uri("exchange:memento-decide-candidate"))).Send(this, context => context.MessageId = id, cancellation);
}

/// <summary>Decides on one candidate as a person would, if it is still what was seen; if not, notes why.</summary>
public sealed class DecideCandidateConsumer(IDocumentSession session, Meanings meanings, TimeProvider clock) : IConsumer<DecideCandidate>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<DecideCandidate> context)
    {
        var (asked, cancellation, now) = (context.Message, context.CancellationToken, clock.GetUtcNow());
        await session.LockAsync($"candidate/{asked.CandidateId}", cancellation);
        var item = await session.LoadAsync<BulkItem>(CandidateId.InBulk(asked.BulkId, asked.CandidateId), cancellation);
        if (item is not { State: BulkItem.Waiting }) return;

        var bulk = (await session.LoadAsync<BulkDecision>(asked.BulkId, cancellation))!;
        var candidate = await session.LoadAsync<SkillCandidate>(asked.CandidateId, cancellation);
        if (BulkItem.WhyNot(item.Seen, candidate) is { } reason)
        {
            session.Store(item with { State = BulkItem.Skipped, Reason = reason, At = now });
            return;
        }

        var decided = await ReviewCandidate.CarryOutAsync(asked.WorkspaceId, candidate!, bulk.Decision! with { At = now }, session, meanings, context, cancellation);
        session.Store(item with { State = BulkItem.Decided, PublishedVersion = decided.PublishedVersion, At = now });
    }
}

/// <summary>Only sent to, never published. Few at once: an operator's other work goes on beside it.</summary>
public sealed class DecideCandidateDefinition : ConsumerDefinition<DecideCandidateConsumer>
{
    const int AtOnce = 4;

    /// <summary>Sets both.</summary>
    public DecideCandidateDefinition()
    {
        ConcurrentMessageLimit = AtOnce;
        Endpoint(endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = AtOnce;
        });
    }
}
