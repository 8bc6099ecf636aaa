using System.Security.Claims;
using AutoDev.Memento.Usage;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Npgsql;

namespace AutoDev.Memento.Catalog;

/// <summary>The workspace's skills.</summary>
public static class ListSkills
{
    const int MostWords = 10;
    const string Newest = "newest", ByName = "name", MostUsed = "most_used";
    const string Published = "published", Retired = "retired", All = "all";

    /// <summary>
    /// GET: the skills that agents have, the last published first. <c>query</c> keeps those whose name, description or task contain every word of it;
    /// <c>sort</c> is <c>newest</c>, <c>name</c> or <c>most_used</c>; <c>state</c> is <c>published</c>, and for operators also <c>retired</c> or <c>all</c>.
    /// </summary>
    internal static async Task<IResult> Handle(
        string? query, string? sort, string? state, PageRequest page, IDocumentSession session, ClaimsPrincipal caller, CancellationToken cancellation)
    {
        if (sort is not (null or Newest or ByName or MostUsed)) return Problem.Invalid("sort", $"sort must be {Newest}, {ByName} or {MostUsed}.");
        if (state is not (null or Published or Retired or All)) return Problem.Invalid("state", $"state must be {Published}, {Retired} or {All}.");
        if (state is Retired or All && caller.IsInRole(Roles.Agent))
        {
            return Problem.Of(
                StatusCodes.Status403Forbidden, "forbidden", "Not allowed", "Agents see the skills that they can have; retired ones are the operators'.");
        }

        var words = (query ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostWords).ToArray();
        await using var find = new NpgsqlCommand(
            $"""
             with listed as (
                 select s.data, coalesce(u.calls, 0) as calls, coalesce(u.failures, 0) as failures, u.last_used_at, {KeyOf(sort)} as key
                 from mt_doc_skill s left join {UsageTable.Totals} u on u.tenant_id = s.tenant_id and u.skill = s.id
                 where s.tenant_id = $1 and {Having(state)} and not exists (select from unnest($2) as word where strpos(s.data ->> 'SearchText', word) = 0))
             select data, calls, failures, last_used_at, key from listed where $3 = '' or key {(sort is ByName ? ">" : "<")} $3
             order by key {(sort is ByName ? "" : "desc")} limit $4
             """)
        {
            Parameters =
            {
                new() { Value = session.TenantId }, new() { Value = words }, new() { Value = page.BeforeId }, new() { Value = page.Limit + 1 },
            },
        };
        await using var reader = await session.ExecuteReaderAsync(find, cancellation);
        var found = new List<(Skill Skill, UsageSummary Usage, string Key)>();
        while (await reader.ReadAsync(cancellation))
        {
            DateTimeOffset? lastUsed = await reader.IsDBNullAsync(3, cancellation) ? null : reader.GetFieldValue<DateTimeOffset>(3);
            var skill = session.DocumentStore.Options.Serializer().FromJson<Skill>(reader, 0);
            found.Add((skill, new(reader.GetInt64(1), reader.GetInt64(2), lastUsed), reader.GetString(4)));
        }

        return TypedResults.Ok(page.Of(found, _ => DateTimeOffset.UnixEpoch, f => f.Key, f => new SkillSummary(
            f.Skill.Name, f.Skill.CurrentVersion, f.Skill.Description, f.Skill.TaskDescription, f.Skill.PublishedAt, f.Skill.Retired?.At, f.Skill.Pins.Count,
            f.Usage)));
    }

    static string KeyOf(string? sort) => sort switch
    {
        ByName => "s.id",
        MostUsed => "lpad(coalesce(u.calls, 0)::text, 19, '0') || '/' || s.id",
        _ => "s.sort_key",
    };

    static string Having(string? state) => state switch
    {
        Retired => "s.data ->> 'Retired' is not null",
        All => "true",
        _ => "s.data ->> 'Retired' is null",
    };
}

/// <summary>A skill in a list.</summary>
/// <param name="Name">The skill.</param>
/// <param name="CurrentVersion">The version that agents get who are pinned to no other.</param>
/// <param name="Description">What it does.</param>
/// <param name="TaskDescription">The task that it was learned for.</param>
/// <param name="PublishedAt">When the current version was published.</param>
/// <param name="RetiredAt">Since when agents do not get it any more.</param>
/// <param name="Pins">How many keep another version.</param>
/// <param name="Usage">How much all its versions were used.</param>
public sealed record SkillSummary(
    string Name, string CurrentVersion, string Description, string TaskDescription, DateTimeOffset PublishedAt, DateTimeOffset? RetiredAt, int Pins,
    UsageSummary Usage);
