using AutoDev.Memento.Usage;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>What became of a skill: its versions, their lineage, and what was decided on it.</summary>
public static class SkillHistory
{
    const int MostEvents = 1000;

    /// <summary>GET: its versions, newest first.</summary>
    internal static async Task<IResult> Versions(string name, PageRequest page, IDocumentSession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return GetSkill.NotFound(name);
        var found = skill.Versions.Reverse()
            .Where(v => v.PublishedAt < page.Before || (v.PublishedAt == page.Before && string.CompareOrdinal(v.Version, page.BeforeId) < 0))
            .OrderByDescending(v => v.PublishedAt).ThenByDescending(v => v.Version, StringComparer.Ordinal).Take(page.Limit + 1).ToList();
        var used = await UsageTable.OfVersionsAsync(session, name, cancellation);
        return TypedResults.Ok(page.Of(found, v => v.PublishedAt, v => v.Version, v => new VersionSummary(
            v.Version, v.ParentVersion, v.CandidateId, v.PublishedBy, v.PublishedAt, v.Version == skill.CurrentVersion, PinnedTo(skill, v.Version),
            used.GetValueOrDefault(v.Version, new(0, 0, null)), v.MutationId)));
    }

    /// <summary>GET: what was decided on it beside the publication of its versions, newest first.</summary>
    internal static async Task<IResult> Events(string name, PageRequest page, IDocumentSession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is null) return GetSkill.NotFound(name);
        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = await session.Query<SkillEvent>().Where(e => e.SkillName == name && string.Compare(e.SortKey, before) < 0)
            .OrderByDescending(e => e.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, e => e.At, e => e.Id.ToString(), Show));
    }

    /// <summary>GET: which version came of which, from what, and what happened to each.</summary>
    internal static async Task<IResult> Lineage(string name, IDocumentSession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Skill>(name, cancellation) is not { } skill) return GetSkill.NotFound(name);
        var events = await session.Query<SkillEvent>().Where(e => e.SkillName == name)
            .OrderByDescending(e => e.SortKey).Take(MostEvents).ToListAsync(cancellation);
        return TypedResults.Ok(LineageOf(skill, events));
    }

    /// <summary>Pure: the tree, as nodes that name their parents, oldest first.</summary>
    internal static LineageView LineageOf(Skill skill, IReadOnlyList<SkillEvent> events) => new(
        skill.Name, skill.CurrentVersion, skill.Retired, skill.Canary,
        [
            .. skill.Versions.Select(v => new LineageNode(
                v.Version, v.ParentVersion, v.CandidateId, v.PublishedBy, v.PublishedAt, v.Version == skill.CurrentVersion, PinnedTo(skill, v.Version),
                [
                    new(SkillEventKind.Published, v.Version, null, null, v.PublishedBy, null, v.PublishedAt),
                    .. events.Where(e => e.Version == v.Version || e.FromVersion == v.Version).OrderBy(e => e.SortKey, StringComparer.Ordinal).Select(Show),
                ],
                v.MutationId)),
        ]);

    static IReadOnlyList<string> PinnedTo(Skill skill, string version) =>
        [.. skill.Pins.Where(p => p.Version == version).Select(p => p.AgentId ?? "*").Order(StringComparer.Ordinal)];

    static EventView Show(SkillEvent e) => new(e.Kind, e.Version, e.FromVersion, e.AgentId, e.By, e.Reason, e.At);
}

/// <summary>A version in a list.</summary>
/// <param name="Version">Its number.</param>
/// <param name="ParentVersion">The version it was made from.</param>
/// <param name="CandidateId">The candidate it came from; of a mutation: its parent's.</param>
/// <param name="PublishedBy">Who approved it.</param>
/// <param name="PublishedAt">When.</param>
/// <param name="IsCurrent">Whether agents get it who are pinned to no other.</param>
/// <param name="PinnedAgents">Who keeps it; <c>*</c> for all that have no pin of their own.</param>
/// <param name="Usage">How much it was used, as long as that is kept by days.</param>
/// <param name="MutationId">The mutation it came from, where it did not come from a candidate.</param>
public sealed record VersionSummary(
    string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt, bool IsCurrent, IReadOnlyList<string> PinnedAgents,
    UsageSummary Usage, Guid? MutationId);

/// <summary>A skill's versions as a tree, and whether the current one is on trial.</summary>
public sealed record LineageView(string Name, string CurrentVersion, Retirement? Retired, Canary? Canary, IReadOnlyList<LineageNode> Nodes);

/// <summary>A version, the one it was made from, what it came from, and what happened to it.</summary>
public sealed record LineageNode(
    string Version, string? ParentVersion, Guid CandidateId, string PublishedBy, DateTimeOffset PublishedAt, bool IsCurrent, IReadOnlyList<string> PinnedAgents,
    IReadOnlyList<EventView> Events, Guid? MutationId);

/// <summary>What happened: <c>published</c>, <c>rolled_back</c>, <c>confirmed</c>, <c>retired</c>, <c>restored</c>, <c>pinned</c> or <c>unpinned</c>.</summary>
public sealed record EventView(string Kind, string Version, string? FromVersion, string? AgentId, string By, string? Reason, DateTimeOffset At);
