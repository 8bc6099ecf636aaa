using AutoDev.Contracts.Governance;
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
        workspace.MapGet("/usage", (IQuerySession session, TimeProvider clock, CancellationToken cancellation) => HandleAsync(capabilities, session, clock, cancellation))
            .WithSummary("What of the day's limits is used, and when they reset").Produces<UsageView>();

    static async Task<UsageView> HandleAsync(Capability[] capabilities, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var settings = await session.SettingsAsync(cancellation) ?? new();
        var counted = await session.LoadManyAsync<DailyQuota>(cancellation, capabilities.Select(c => DailyQuota.IdOf(c, now)));
        return Of(capabilities, settings, counted, now);
    }

    /// <summary>Pure: the counts beside their limits. A limit that was lowered below what is used leaves nothing, not less than nothing.</summary>
    internal static UsageView Of(IEnumerable<Capability> capabilities, WorkspaceSettings settings, IReadOnlyList<DailyQuota> counted, DateTimeOffset now) => new(
        now.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), DailyQuota.ResetsAt(now),
        [
            .. from capability in capabilities
               let used = counted.FirstOrDefault(q => q.Id == DailyQuota.IdOf(capability, now))?.Used ?? 0
               let limit = capability.DailyLimit(settings)
               select new LimitView(capability.Name, used, limit, Math.Max(0, limit - used)),
        ]);
}

/// <summary>One UTC day.</summary>
/// <param name="Day"><c>yyyy-MM-dd</c>.</param>
/// <param name="ResetsAt">The next midnight UTC.</param>
/// <param name="Limits">For the whole workspace, all agents together.</param>
public sealed record UsageView(string Day, DateTimeOffset ResetsAt, IReadOnlyList<LimitView> Limits);

/// <summary>One capability's daily limit.</summary>
public sealed record LimitView(string Capability, int Used, int Limit, int Remaining);
