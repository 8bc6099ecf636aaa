using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Spend;

/// <summary>Keeps what language models cost, a call once, and sums it by day, by candidate or mutation, and for the workspace.</summary>
sealed class RecordSpendConsumer(IDocumentSession session) : IConsumer<ModelSpent>
{
    public async Task Consume(ConsumeContext<ModelSpent> context)
    {
        var (said, cancellation) = (context.Message, context.CancellationToken);
        if (said.Cost < 0 || said.InputTokens < 0 || said.OutputTokens < 0) throw new InvalidMessageException("Nothing costs less than nothing.");
        if (await session.LoadAsync<GovernedWorkspace>(said.WorkspaceId, cancellation) is null)
            throw new InvalidMessageException($"There is no workspace {said.WorkspaceId}.");

        await session.LockAsync("spend", cancellation);
        if (await session.LoadAsync<ModelSpend>(said.SpendId, cancellation) is not null) return;
        var spend = ModelSpend.Of(said);
        session.Insert(spend);
        foreach (var id in SpendTotal.IdsOf(spend))
            session.Store((await session.LoadAsync<SpendTotal>(id, cancellation) ?? new SpendTotal { Id = id }).With(spend));
    }
}
