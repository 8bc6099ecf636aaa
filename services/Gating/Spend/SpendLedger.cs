using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Gating.Spend;

/// <summary>
/// Counts what language models cost, in the database of the service that calls them. Exact under concurrency: who asks for the same workspace and day waits for
/// the one before until the session's transaction ends, and a reservation whose transaction fails was never made.
/// </summary>
public static class SpendLedger
{
    /// <summary>Asks the gate, and reserves the most that the call can cost if it says yes. To be committed before the call is made.</summary>
    public static async Task<GateDecision> ReserveAsync(
        IDocumentSession session, ModelCall call, WorkspaceSettings? settings, DateTimeOffset now, CancellationToken cancellation)
    {
        var id = SpendDay.IdOf(now);
        await session.LockAsync($"spend/{id}", cancellation);
        if (await session.LoadAsync<SpendEntry>(call.Id, cancellation) is not null) return GateDecision.Allowed;

        var day = await session.LoadAsync<SpendDay>(id, cancellation) ?? new SpendDay { Id = id };
        var decision = day.Decide(call, settings);
        if (!decision.IsAllowed) return decision;

        var estimate = call.Estimate(settings!)!.Value;
        session.Store(day.Reserve(estimate));
        session.Insert(new SpendEntry
        {
            Id = call.Id, Day = id, Subject = call.Subject, AgentId = call.AgentId, Capability = call.Capability.Name, Model = call.Model,
            Price = call.PriceIn(settings!)!,
            MaxInputTokens = call.InputTokens, MaxOutputTokens = call.MaxOutputTokens, Estimate = estimate, ReservedAt = now,
        });
        return decision;
    }

    /// <summary>
    /// The call has ended: its actual cost takes the place of the estimate, and is said. A repeat changes nothing. A call that was never reserved is a mistake
    /// of the caller's.
    /// </summary>
    /// <param name="session">Of the workspace.</param>
    /// <param name="bus">The scope's.</param>
    /// <param name="callId">See <see cref="ModelCall.Id"/>.</param>
    /// <param name="usage">What the provider says; <c>null</c> where it is not known, then the estimate counts.</param>
    /// <param name="now">The moment.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The call was not reserved.</exception>
    public static async Task SettleAsync(
        IDocumentSession session, IPublishEndpoint bus, Guid callId, TokenUsage? usage, DateTimeOffset now, CancellationToken cancellation)
    {
        var seen = await session.LoadAsync<SpendEntry>(callId, cancellation) ?? throw new InvalidOperationException($"Call {callId} was not reserved.");
        await session.LockAsync($"spend/{seen.Day}", cancellation);
        var entry = (await session.LoadAsync<SpendEntry>(callId, cancellation))!;
        if (entry.SettledAt is not null) return;

        var taken = usage ?? new(entry.MaxInputTokens, entry.MaxOutputTokens);
        var cost = taken.Cost(entry.Price);
        session.Store(entry with { SettledAt = now, Cost = cost, InputTokens = taken.InputTokens, OutputTokens = taken.OutputTokens, IsEstimate = usage is null });
        session.Store((await session.LoadAsync<SpendDay>(entry.Day, cancellation))!.Settle(entry.Estimate, cost, taken));
        await bus.Publish(
            new ModelSpent
            {
                WorkspaceId = session.TenantId, SpendId = callId, Subject = entry.Subject, AgentId = entry.AgentId, Capability = entry.Capability,
                Model = entry.Model, Day = entry.Day, InputTokens = taken.InputTokens, OutputTokens = taken.OutputTokens, Cost = cost, IsEstimate = usage is null, SpentAt = now,
            },
            cancellation);
    }
}
