using AutoDev.Gating;
using AutoDev.Gating.Spend;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Spend;

/// <summary>
/// <c>GET /workspaces/{workspace}/spend</c>: today beside the cap, and the last 30 days; <c>…/spend/subjects/{subject}</c>: one candidate or mutation;
/// <c>…/spend/calls</c>: every call, newest first. Calls that still run are known to the service that makes them, see its <c>/usage</c>.
/// </summary>
static class ShowSpend
{
    const int Days = 30;

    public static async Task<SpendOverview> Overview(string workspace, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var settings = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!.Settings;
        var ids = Enumerable.Range(0, Days).Select(ago => $"day/{SpendDay.IdOf(now.AddDays(-ago))}").Append("workspace").ToList();
        var totals = (await session.LoadManyAsync<SpendTotal>(cancellation, ids)).ToDictionary(t => t.Id, StringComparer.Ordinal);
        var today = Sum(totals, ids[0]);
        return new(
            settings.MaxModelSpendPerDay, Math.Max(0, settings.MaxModelSpendPerDay - today.Cost), DailyQuota.ResetsAt(now), today, Sum(totals, "workspace"),
            [.. ids.Where(id => id != "workspace" && totals.ContainsKey(id)).Select(id => new SpendOfDay(id["day/".Length..], Sum(totals, id)))]);
    }

    public static async Task<SpendSum> Subject(string subject, IQuerySession session, CancellationToken cancellation) =>
        SpendSum.Of(await session.LoadAsync<SpendTotal>($"subject/{subject}", cancellation));

    public static async Task<Page<ModelSpend>> Calls(
        IQuerySession session, PageRequest page, CancellationToken cancellation, string? subject = null, string? day = null, string? model = null)
    {
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var calls = session.Query<ModelSpend>().Where(s => string.Compare(s.SortKey, before) < 0);
        if (subject is not null) calls = calls.Where(s => s.Subject == subject);
        if (day is not null) calls = calls.Where(s => s.Day == day);
        if (model is not null) calls = calls.Where(s => s.Model == model);
        var loaded = await calls.OrderByDescending(s => s.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return page.Of(loaded, s => s.At, s => s.Id.ToString(), s => s);
    }

    static SpendSum Sum(Dictionary<string, SpendTotal> totals, string id) => SpendSum.Of(totals.GetValueOrDefault(id));
}

/// <summary>A workspace's spending, in the currency of its prices.</summary>
/// <param name="Cap">The setting <c>max_model_spend_per_day</c>.</param>
/// <param name="Remaining">Of today's, without what still runs.</param>
/// <param name="ResetsAt">The next midnight UTC.</param>
/// <param name="Today">The current UTC day.</param>
/// <param name="Total">Since the workspace exists.</param>
/// <param name="Days">Of the last 30 those on which something was spent, newest first.</param>
sealed record SpendOverview(decimal Cap, decimal Remaining, DateTimeOffset ResetsAt, SpendSum Today, SpendSum Total, IReadOnlyList<SpendOfDay> Days);

/// <summary>One UTC day.</summary>
sealed record SpendOfDay(string Day, SpendSum Sum);

/// <summary>Calls, tokens and money.</summary>
sealed record SpendSum(int Calls, long InputTokens, long OutputTokens, decimal Cost)
{
    public static SpendSum Of(SpendTotal? total) => new(total?.Calls ?? 0, total?.InputTokens ?? 0, total?.OutputTokens ?? 0, total?.Cost ?? 0);
}
