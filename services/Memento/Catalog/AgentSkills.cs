using AutoDev.Memento.Search;
using Marten;
using Marten.Linq.MatchesSql;

namespace AutoDev.Memento.Catalog;

/// <summary>The skills that agents have, each in the version that the agent gets. Whoever offers skills to agents asks here.</summary>
static class AgentSkills
{
    /// <summary>So many of them by name, after a name.</summary>
    public static async Task<IReadOnlyList<SkillVersion>> PageAsync(IQuerySession session, string agent, string after, int most, CancellationToken cancellation)
    {
        var skills = await session.Query<Skill>().Where(s => string.Compare(s.Name, after) > 0 && s.MatchesSql("d.data ->> 'Retired' is null"))
            .OrderBy(s => s.Name).Take(most).ToListAsync(cancellation);
        var versions = await session.LoadManyAsync<SkillVersion>(cancellation, [.. skills.Select(s => SkillVersion.IdOf(s.Name, s.VersionFor(agent)))]);
        var byName = versions.ToDictionary(v => v.SkillName, StringComparer.Ordinal);
        return [.. skills.Where(s => byName.ContainsKey(s.Name)).Select(s => byName[s.Name])];
    }

    /// <summary>One of them; <c>null</c> where agents have no skill of this name.</summary>
    public static async Task<SkillVersion?> FindAsync(IQuerySession session, string agent, string name, CancellationToken cancellation) =>
        await session.LoadAsync<Skill>(name, cancellation) is { Retired: null } skill
            ? await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, skill.VersionFor(agent)), cancellation)
            : null;

    /// <summary>Those that fit a task, the nearest first.</summary>
    public static async Task<IReadOnlyList<Skill>> SearchAsync(
        IQuerySession session, SkillMemory memory, string task, int most, CancellationToken cancellation)
    {
        var (hits, _) = await memory.SearchAsync(session, task, most, cancellation);
        var skills = (await session.LoadManyAsync<Skill>(cancellation, [.. hits.Select(h => h.Name)])).ToDictionary(s => s.Name, StringComparer.Ordinal);
        return [.. hits.Select(h => skills.GetValueOrDefault(h.Name)).OfType<Skill>().Where(s => s.Retired is null)];
    }
}
