using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.Gating.Spend;

/// <summary>
/// Makes a call of a language model within the day's cap. The reservation is committed before the call, in a transaction of its own, so that a crash in the
/// middle leaves it counted; what the call really cost is committed after it.
/// </summary>
public sealed class ModelMeter(IServiceScopeFactory scopes, TimeProvider clock)
{
    static readonly TokenUsage Nothing = new(0, 0);

    /// <summary>Makes the call, or says why not; a refusal is recorded like every gate's.</summary>
    /// <param name="workspace">The tenant.</param>
    /// <param name="call">What is about to be asked, with the most that it can take.</param>
    /// <param name="ask">Asks the model; the answer comes with what the provider says it took, <c>null</c> where it does not say.</param>
    /// <param name="cancellation">Gives up; what the call took by then is not known, so the estimate counts.</param>
    /// <returns>The gate's decision and, where it is a yes, the model's answer.</returns>
    public async Task<(GateDecision Decision, T? Answer)> AskAsync<T>(
        string workspace, ModelCall call, Func<CancellationToken, Task<(T Answer, TokenUsage? Usage)>> ask, CancellationToken cancellation)
    {
        var decision = await ReserveAsync(workspace, call, cancellation);
        if (!decision.IsAllowed) return (decision, default);
        try
        {
            var (answer, usage) = await ask(cancellation);
            await SettleAsync(workspace, call, usage);
            return (decision, answer);
        }
        catch (HttpRequestException e)
            when (e.StatusCode is not null || e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError)
        {
            // Refused or never reached: no provider charges for that.
            await SettleAsync(workspace, call, Nothing);
            throw;
        }
        catch
        {
            await SettleAsync(workspace, call, usage: null);
            throw;
        }
    }

    async Task<GateDecision> ReserveAsync(string workspace, ModelCall call, CancellationToken cancellation)
    {
        await using var scope = Open(workspace, out var session, out var bus);
        var now = clock.GetUtcNow();
        var decision = await SpendLedger.ReserveAsync(session, call, await session.SettingsAsync(cancellation), now, cancellation);
        if (!decision.IsAllowed)
        {
            await bus.Publish(
                new GateRefused
                {
                    WorkspaceId = workspace, AgentId = call.AgentId, Capability = call.Capability.Name, Reason = decision.Reason!, Detail = decision.Detail,
                    Subject = call.Subject, RefusedAt = now,
                },
                cancellation);
        }

        await session.SaveChangesAsync(cancellation);
        return decision;
    }

    // Whoever gave up meanwhile, the money is spent.
    async Task SettleAsync(string workspace, ModelCall call, TokenUsage? usage)
    {
        await using var scope = Open(workspace, out var session, out var bus);
        await SpendLedger.SettleAsync(session, bus, call.Id, usage, clock.GetUtcNow(), CancellationToken.None);
        await session.SaveChangesAsync(CancellationToken.None);
    }

    AsyncServiceScope Open(string workspace, out IDocumentSession session, out IPublishEndpoint bus)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
        session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        return scope;
    }
}
