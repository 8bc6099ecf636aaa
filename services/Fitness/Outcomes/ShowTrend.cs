using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Outcomes;

/// <summary><c>GET /workspaces/{workspace}/skills/{name}/trend</c>: how well it goes where the skill is used, by day; one version or all.</summary>
static class ShowTrend
{
    const int DaysUnasked = 30;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/skills/{name}/trend", Handle)
        .WithSummary("How well it goes where a skill is used, by day").Produces<TrendView>().ProducesProblem(400).RequireKnownWorkspace();

    static async Task<IResult> Handle(
        string name, IQuerySession session, TimeProvider clock, CancellationToken cancellation, string? version = null, int? days = null)
    {
        if (days is < 1 or > ForgetOutcomes.KeptDays) return Problem.Invalid("days", $"days must be a whole number from 1 to {ForgetOutcomes.KeptDays}.");

        var from = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(1 - (days ?? DaysUnasked));
        var versions = await session.Query<VersionInForce>().Where(v => v.Skill == name).OrderBy(v => v.Since).ToListAsync(cancellation);
        IQueryable<FoundDrop> drops = session.Query<FoundDrop>().Where(d => d.Skill == name);
        if (version is not null) drops = drops.Where(d => d.Version == version);
        return TypedResults.Ok(new TrendView(
            name, version, from, await DaysAsync(session, name, version, from, cancellation),
            [.. versions.Select(v => new TrendVersion(v.Version, v.Since, v.Because))],
            [
                .. (await drops.OrderByDescending(d => d.Since).Take(50).ToListAsync(cancellation))
                    .Select(d => new TrendDrop(d.Version, d.Kind, d.Since, d.Before, d.After, d.PValue, d.FoundAt)),
            ]));
    }

    static async Task<IReadOnlyList<TrendPoint>> DaysAsync(IQuerySession session, string skill, string? version, DateOnly from, CancellationToken cancellation)
    {
        await using var sum = OutcomeTable.Command(
            session,
            $"""
             select cast(at at time zone 'utc' as date) as day, count(*), avg(value) from {OutcomeTable.WithVersion} n
             where tenant_id = $1 and skill = $2 and at >= $3 and ($4 = '' or of_version = $4) group by day order by day
             """, skill, from.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), version ?? "");
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var points = new List<TrendPoint>();
        while (await reader.ReadAsync(cancellation))
        {
            var (count, band) = (reader.GetInt64(1), Proportion.Of(reader.GetInt64(1), reader.GetDouble(2)));
            points.Add(new(reader.GetFieldValue<DateOnly>(0), count, band.Mean, band.Low, band.High));
        }

        return points;
    }
}

/// <summary>
/// How well it goes where a skill is used. Outcomes are executions, episodes that used it, and feedback on these; each from 0 (bad) to 1 (good).
/// </summary>
/// <param name="Skill">The skill.</param>
/// <param name="Version">The version that was asked for; <c>null</c> for all.</param>
/// <param name="From">The first day.</param>
/// <param name="Points">Days (of UTC) with outcomes, in order.</param>
/// <param name="Versions">Which version agents got from when on, oldest first.</param>
/// <param name="Drops">When outcomes became worse by more than chance makes them, newest first, 50 at most.</param>
public sealed record TrendView(
    string Skill, string? Version, DateOnly From, IReadOnlyList<TrendPoint> Points, IReadOnlyList<TrendVersion> Versions, IReadOnlyList<TrendDrop> Drops);

/// <summary>A day's outcomes: how many, their mean, and the 95 % interval of it.</summary>
public sealed record TrendPoint(DateOnly Day, long Count, double Mean, double Low, double High);

/// <summary>Agents got this version from this moment on: it was <c>published</c>, <c>confirmed</c> or <c>rolled_back</c> to.</summary>
public sealed record TrendVersion(string Version, DateTimeOffset From, string Because);

/// <summary>Outcomes of this kind (<c>execution</c>, <c>episode</c>, <c>feedback</c>) became worse: their means before and since, 0 to 1.</summary>
public sealed record TrendDrop(string Version, string Kind, DateTimeOffset Since, double Before, double After, double PValue, DateTimeOffset FoundAt);
