using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Gates;

/// <summary>Keeps what any service's gate refused, so that "why did nothing happen?" has an answer in one place.</summary>
sealed class RecordRefusalConsumer(IDocumentSession session) : IConsumer<GateRefused>
{
    public async Task Consume(ConsumeContext<GateRefused> context)
    {
        var said = context.Message;
        if (await session.LoadAsync<GovernedWorkspace>(said.WorkspaceId, context.CancellationToken) is null)
            throw new InvalidMessageException($"There is no workspace {said.WorkspaceId}.");

        await session.LockAsync($"refusals/{Refusals.IdOf(said)}", context.CancellationToken);
        var known = await session.LoadAsync<Refusals>(Refusals.IdOf(said), context.CancellationToken);
        session.Store(Refusals.After(known, said));
    }
}
