using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Npgsql;

namespace AutoDev.Memento.Usage;

/// <summary>How much a skill was used, how well and how fast.</summary>
public static class ShowSkillUsage
{
    const int DaysUnasked = 30, MostAgents = 100;

    // In one reading: of all together, of each version, of each agent and of each day.
    const string Groups = "grouping sets ((), (version), (agent_id), (day))";

    /// <summary>GET: the last <c>days</c> days, today included; 30 where it is absent.</summary>
    internal static async Task<IResult> Handle(string name, int? days, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        if (days is < 1 or > ForgetUsage.KeptDays) return Problem.Invalid("days", $"days must be a whole number from 1 to {ForgetUsage.KeptDays}.");
        if (await session.LoadAsync<Skill>(name, cancellation) is null) return GetSkill.NotFound(name);
        var from = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(1 - (days ?? DaysUnasked));
        var seconds = await SecondsAsync(session, name, from, cancellation);
        var groups = await GroupsAsync(session, name, from, seconds, cancellation);
        return TypedResults.Ok(new SkillUsageView(
            name, from, groups.GetValueOrDefault(new(null, null, null), UsageFigures.None),
            [.. groups.Where(g => g.Key.Version is not null).Select(g => new VersionUsage(g.Key.Version!, g.Value)).OrderByDescending(v => v.Usage.LastUsedAt)],
            [
                .. groups.Where(g => g.Key.Agent is not null).Select(g => new AgentUsage(g.Key.Agent!, g.Value))
                    .OrderByDescending(a => a.Usage.Calls).ThenBy(a => a.AgentId, StringComparer.Ordinal).Take(MostAgents),
            ],
            [.. groups.Where(g => g.Key.Day is not null).Select(g => new DayUsage(g.Key.Day!.Value, g.Value)).OrderBy(d => d.Day)]));
    }

    static async Task<Dictionary<Group, UsageFigures>> GroupsAsync(
        IQuerySession session, string skill, DateOnly from, Dictionary<Group, List<(int Bound, long Count)>> seconds, CancellationToken cancellation)
    {
        await using var sum = Command(
            $"""
             select version, agent_id, day, sum(calls)::bigint, sum(failures)::bigint, sum(retries)::bigint, sum(tokens)::bigint, max(last_used_at)
             from {UsageTable.Days} where tenant_id = $1 and skill = $2 and day >= $3 group by {Groups}
             """, session, skill, from);
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var found = new Dictionary<Group, UsageFigures>();
        while (await reader.ReadAsync(cancellation))
        {
            if (await reader.IsDBNullAsync(3, cancellation)) continue; // the sum of nothing
            var group = await GroupOf(reader, cancellation);
            var times = seconds.GetValueOrDefault(group, []);
            found[group] = new(
                reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), SecondsHistogram.Percentile(times, 50),
                SecondsHistogram.Percentile(times, 95),
                reader.GetFieldValue<DateTimeOffset>(7));
        }

        return found;
    }

    static async Task<Dictionary<Group, List<(int Bound, long Count)>>> SecondsAsync(IQuerySession session, string skill, DateOnly from,
        CancellationToken cancellation)
    {
        await using var sum = Command(
            $"""
             select version, agent_id, day, bound, sum(count)::bigint from (
                 select version, agent_id, day, array_lower(seconds, 1) + place::integer - 1 as bound, count
                 from {UsageTable.Days}, unnest(seconds) with ordinality as s(count, place)
                 where tenant_id = $1 and skill = $2 and day >= $3 and count > 0) as counts
             group by bound, {Groups}
             """, session, skill, from);
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var found = new Dictionary<Group, List<(int, long)>>();
        while (await reader.ReadAsync(cancellation))
        {
            var group = await GroupOf(reader, cancellation);
            if (!found.TryGetValue(group, out var counts)) counts = found[group] = [];
            counts.Add((reader.GetInt32(3), reader.GetInt64(4)));
        }

        return found;
    }

    static NpgsqlCommand Command(string sql, IQuerySession session, string skill, DateOnly from) =>
        new(sql) { Parameters = { new() { Value = session.TenantId }, new() { Value = skill }, new() { Value = from } } };

    static async Task<Group> GroupOf(System.Data.Common.DbDataReader reader, CancellationToken cancellation) => new(
        await reader.IsDBNullAsync(0, cancellation) ? null : reader.GetString(0), await reader.IsDBNullAsync(1, cancellation) ? null : reader.GetString(1),
        await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetFieldValue<DateOnly>(2));

    readonly record struct Group(string? Version, string? Agent, DateOnly? Day);
}

/// <summary>Figures of executions. Seconds are right to five per cent, whatever the number of executions.</summary>
/// <param name="Calls">Executions.</param>
/// <param name="Failures">Those that did not succeed.</param>
/// <param name="Retries">How often they were tried again, together.</param>
/// <param name="Tokens">Of models, together.</param>
/// <param name="P50Seconds">Half of them took no longer.</param>
/// <param name="P95Seconds">Nineteen of twenty took no longer.</param>
/// <param name="LastUsedAt">The newest.</param>
public sealed record UsageFigures(long Calls, long Failures, long Retries, long Tokens, double P50Seconds, double P95Seconds, DateTimeOffset? LastUsedAt)
{
    internal static UsageFigures None { get; } = new(0, 0, 0, 0, 0, 0, null);
}

/// <summary>How much a skill was used.</summary>
/// <param name="SkillName">The skill.</param>
/// <param name="From">The first day that is counted, UTC.</param>
/// <param name="Total">All versions, agents and days together.</param>
/// <param name="ByVersion">Last used first; also what is not published yet.</param>
/// <param name="ByAgent">The 100 that used it most.</param>
/// <param name="ByDay">Days on which it was used, in order.</param>
public sealed record SkillUsageView(
    string SkillName, DateOnly From, UsageFigures Total, IReadOnlyList<VersionUsage> ByVersion, IReadOnlyList<AgentUsage> ByAgent,
    IReadOnlyList<DayUsage> ByDay);

/// <summary>Of one version.</summary>
public sealed record VersionUsage(string Version, UsageFigures Usage);

/// <summary>Of one agent.</summary>
public sealed record AgentUsage(string AgentId, UsageFigures Usage);

/// <summary>Of one UTC day.</summary>
public sealed record DayUsage(DateOnly Day, UsageFigures Usage);
