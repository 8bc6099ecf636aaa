using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Gating.Spend;

/// <summary>
/// Counts what another service spent from the same cap. It is heard when the call has ended: two services that are within moments of the cap can together
/// exceed it by what the other's running calls cost; one service alone never does.
/// </summary>
public sealed class FollowSpendConsumer(IDocumentSession session) : IConsumer<ModelSpent>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<ModelSpent> context)
    {
        var said = context.Message;
        if (await session.LoadAsync<SpendEntry>(said.SpendId, context.CancellationToken) is not null) return; // it was this one
        await session.LockAsync($"spend/{said.Day}", context.CancellationToken);
        var day = await session.LoadAsync<SpendDay>(said.Day, context.CancellationToken) ?? new SpendDay { Id = said.Day };
        session.Store(day with { Elsewhere = day.Elsewhere + said.Cost });
    }
}
