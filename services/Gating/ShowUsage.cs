using AutoDev.Contracts.Governance;
using AutoDev.Gating.Spend;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AutoDev.Gating;

/// <summary>
/// <c>GET /workspaces/{workspace}/usage</c> in each service that counts: how much of the day's limits is used, of the capabilities that are counted there.
/// </summary>
public static class ShowUsage
{
    /// <summary>Maps it for these capabilities, which are the ones that the service takes from its quota.</summary>
    public static RouteHandlerBuilder MapUsage(this IEndpointRouteBuilder workspace, params Capability[] capabilities) =>
        workspace.MapGet("/usage", (IQuerySession session, TimeProvider clock, CancellationToken cancellation) =>
                HandleAsync(capabilities, session, clock, cancellation))
            .WithSummary("What of the day's limits is used, and when they reset").Produces<UsageView>();

    static async Task<UsageView> HandleAsync(Capability[] capabilities, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var settings = await session.SettingsAsync(cancellation) ?? new();
        var counted = await session.LoadManyAsync<DailyQuota>(cancellation, capabilities.Select(c => DailyQuota.IdOf(c, now)));
        var spent = await session.LoadAsync<SpendDay>(SpendDay.IdOf(now), cancellation);
        return Of(capabilities, settings, counted, spent, now);
    }

    /// <summary>Pure: the counts beside their limits. A limit that was lowered below what is used leaves nothing, not less than nothing.</summary>
    public static UsageView Of(
        IEnumerable<Capability> capabilities, WorkspaceSettings settings, IReadOnlyList<DailyQuota> counted, SpendDay? spent, DateTimeOffset now) => new(
        SpendDay.IdOf(now), DailyQuota.ResetsAt(now),
        [
            .. from capability in capabilities
               let used = counted.FirstOrDefault(q => q.Id == DailyQuota.IdOf(capability, now))?.Used ?? 0
               let limit = capability.DailyLimit(settings)
               select new LimitView(capability.Name, used, limit, Math.Max(0, limit - used)),
        ],
        new(spent?.Spent ?? 0, spent?.Reserved ?? 0, spent?.Elsewhere ?? 0, settings.MaxModelSpendPerDay, (spent ?? new() { Id = "" })
            .Remaining(settings), spent?.InputTokens ?? 0, spent?.OutputTokens ?? 0));
}

/// <summary>One UTC day.</summary>
/// <param name="Day"><c>yyyy-MM-dd</c>.</param>
/// <param name="ResetsAt">The next midnight UTC.</param>
/// <param name="Limits">For the whole workspace, all agents together.</param>
/// <param name="Spend">What this service's language models cost.</param>
public sealed record UsageView(string Day, DateTimeOffset ResetsAt, IReadOnlyList<LimitView> Limits, SpendView Spend);

/// <summary>One capability's daily limit.</summary>
public sealed record LimitView(string Capability, int Used, int Limit, int Remaining);

/// <summary>Money for language models on one day.</summary>
/// <param name="Spent">By calls that have ended.</param>
/// <param name="Reserved">The most that the others can cost.</param>
/// <param name="Elsewhere">By calls of other services.</param>
/// <param name="Cap">The setting <c>max_model_spend_per_day</c>.</param>
/// <param name="Remaining">What may still be begun.</param>
/// <param name="InputTokens">Tokens that were read.</param>
/// <param name="OutputTokens">Tokens that were written.</param>
public sealed record SpendView(decimal Spent, decimal Reserved, decimal Elsewhere, decimal Cap, decimal Remaining, long InputTokens, long OutputTokens);
