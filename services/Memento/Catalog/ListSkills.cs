using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>The workspace's skills, the last published first.</summary>
public static class ListSkills
{
    const int MostWords = 10;

    /// <summary>GET; <c>query</c> keeps those whose name, description or task contain every word of it.</summary>
    public static async Task<IResult> Handle(string? query, PageRequest page, IDocumentSession session, CancellationToken cancellation)
    {
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = session.Query<Skill>().Where(s => string.Compare(s.SortKey, before) < 0);
        foreach (var word in (query ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostWords))
            found = found.Where(s => s.SearchText.Contains(word));
        var loaded = await found.OrderByDescending(s => s.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, s => s.PublishedAt, s => s.Name, s => new SkillSummary(s.Name, s.CurrentVersion, s.Description, s.TaskDescription, s.PublishedAt)));
    }
}

/// <summary>A skill in a list.</summary>
public sealed record SkillSummary(string Name, string CurrentVersion, string Description, string TaskDescription, DateTimeOffset PublishedAt);
