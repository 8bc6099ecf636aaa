using AutoDev.Memento.Candidates;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>The skills that agents have, each in the version that they get. Whoever offers skills to agents asks here.</summary>
static class AgentSkills
{
    /// <summary>So many of them by name, after a name.</summary>
    public static async Task<IReadOnlyList<SkillVersion>> PageAsync(IQuerySession session, string after, int most, CancellationToken cancellation)
    {
        var skills = await session.Query<Skill>().Where(s => string.Compare(s.Name, after) > 0).OrderBy(s => s.Name).Take(most).ToListAsync(cancellation);
        var versions = await session.LoadManyAsync<SkillVersion>(cancellation, [.. skills.Select(s => SkillVersion.IdOf(s.Name, s.CurrentVersion))]);
        var byName = versions.ToDictionary(v => v.SkillName, StringComparer.Ordinal);
        return [.. skills.Where(s => byName.ContainsKey(s.Name)).Select(s => byName[s.Name])];
    }

    /// <summary>One of them; <c>null</c> where agents have no skill of this name.</summary>
    public static async Task<SkillVersion?> FindAsync(IQuerySession session, string name, CancellationToken cancellation) =>
        await session.LoadAsync<Skill>(name, cancellation) is { } skill
            ? await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, skill.CurrentVersion), cancellation)
            : null;

    /// <summary>Those that fit a task best, the best first: with as many of its words as can be found.</summary>
    public static async Task<IReadOnlyList<Skill>> SearchAsync(IQuerySession session, string task, int most, CancellationToken cancellation)
    {
        var words = SkillName.For(task).Split('_', StringSplitOptions.RemoveEmptyEntries);
        for (var count = words.Length; count > 0; count--)
        {
            var query = session.Query<Skill>().AsQueryable();
            foreach (var word in words.Take(count)) query = query.Where(s => s.SearchText.Contains(word));
            var found = await query.OrderByDescending(s => s.SortKey).Take(most).ToListAsync(cancellation);
            if (found.Count > 0) return found;
        }

        return [];
    }
}
