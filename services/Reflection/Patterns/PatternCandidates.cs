using AutoDev.Embeddings;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using NpgsqlTypes;

namespace AutoDev.Reflection.Patterns;

/// <summary>The patterns that a batch of failures may belong to: those that were there, and those that the batch begins. Loaded once, then decided in memory.</summary>
sealed class PatternCandidates(PatternMemory patterns)
{
    readonly Dictionary<Place<Guid>, FailurePattern> _patterns = [];
    readonly Dictionary<Place<Guid>, FailurePattern> _changed = [];

    // By the id of the phrasing: the pattern that it is filed under, how it is compared, and the patterns that it is worth comparing with.
    readonly Dictionary<Guid, Guid> _filed = [];
    readonly Dictionary<Guid, Remembered> _remembered = [];
    readonly Dictionary<Guid, HashSet<Guid>> _near = [];
    readonly List<FiledPhrasing> _filedAnew = [];
    Dictionary<Place<string>, AgentPhrasings> _agents = [];

    /// <summary>What the batch changed, as it is now.</summary>
    public IReadOnlyCollection<FailurePattern> Changed => _changed.Values;

    /// <summary>
    /// Under the agents' locks. A failure that was put as one before is filed where that one is. Only for one that is put anew its agent's memory is asked for the
    /// patterns that it may be of.
    /// </summary>
    public static async Task<PatternCandidates> LoadAsync(
        IQuerySession session, PatternMemory patterns, PhrasingMemory memory, Meanings meanings, IReadOnlyList<ReportedEpisode> failures, CancellationToken cancellation)
    {
        var candidates = new PatternCandidates(patterns);
        var byId = failures.DistinctBy(f => f.PhrasingId).ToDictionary(f => f.PhrasingId);
        foreach (var (phrasing, pattern) in await PhrasingTable.FindAsync(session, byId.Keys, cancellation)) candidates._filed[phrasing] = pattern;
        await candidates.Load(session, candidates._filed.Select(f => new Place<Guid>(byId[f.Key].Workspace, f.Value)), cancellation);
        var anew = failures.Where(f => candidates.PutAsBefore(f) is null).ToList();
        if (anew.Count > 0) await candidates.LoadNearest(session, memory, meanings, anew, cancellation);
        return candidates;
    }

    /// <summary>The pattern that this failure is one of; <c>null</c> where it begins a new one.</summary>
    public FailurePattern? Find(ReportedEpisode failure)
    {
        if (PutAsBefore(failure) is { } known) return known;
        var near = _near.GetValueOrDefault(failure.PhrasingId);
        var open = _patterns.Values.Where(p => AgentOf(p) == failure.Agent && p.TakesAt(failure.Episode.RecordedAt)
            && (near is null || near.Contains(p.Id) || _changed.ContainsKey(new(p.WorkspaceId, p.Id))));
        return OperatorsWord.Find(open, Remember(failure.Agent, failure.Phrasing), p => Remember(failure.Agent, p), _agents.GetValueOrDefault(failure.Agent)?.Usual ?? new());
    }

    /// <summary>The pattern as it is from now on, with this failure in it.</summary>
    public void Put(FailurePattern pattern, ReportedEpisode failure)
    {
        var place = new Place<Guid>(pattern.WorkspaceId, pattern.Id);
        _patterns[place] = _changed[place] = pattern;
        if (_filed.TryGetValue(failure.PhrasingId, out var filed) && filed == pattern.Id) return;
        _filed[failure.PhrasingId] = pattern.Id;
        _filedAnew.Add(new(failure.Agent, pattern.Id, Remember(failure.Agent, failure.Phrasing)));
    }

    /// <summary>With the session's commit; the memory that was taken is given back.</summary>
    public void Store(IDocumentSession session, PhrasingMemory memory, Meanings meanings)
    {
        patterns.Store(session, _changed);
        session.File([.. _filedAnew.GroupBy(f => FiledPhrasing.IdOf(f.Agent, f.Phrasing.Phrasing)).Select(g => g.Last())], meanings.Model);
        memory.GiveBack(_agents);
    }

    // Nothing can be more alike. Where an operator took something out of the pattern, all are compared.
    FailurePattern? PutAsBefore(ReportedEpisode failure) =>
        _filed.TryGetValue(failure.PhrasingId, out var filed) && _patterns.GetValueOrDefault(new(failure.Workspace, filed)) is { Apart.Count: 0 } pattern
        && pattern.TakesAt(failure.Episode.RecordedAt)
            ? pattern
            : null;

    async Task LoadNearest(IQuerySession session, PhrasingMemory memory, Meanings meanings, List<ReportedEpisode> anew, CancellationToken cancellation)
    {
        _agents = await memory.TakeAsync(session, [.. anew.Select(f => f.Agent).Distinct()], cancellation);
        var unfiled = await UnfiledAsync(session, [.. _agents.Where(a => a.Value.Count == 0).Select(a => a.Key)], anew.Min(f => f.Episode.RecordedAt), cancellation);
        await Remember(meanings, [.. anew.Select(f => (f.Agent, f.Phrasing)), .. unfiled.SelectMany(Phrasings)], cancellation);
        foreach (var failure in anew.DistinctBy(f => f.PhrasingId).Where(f => _agents[f.Agent].Count > 0))
            _near[failure.PhrasingId] = _agents[failure.Agent].NearestPatterns(Remember(failure.Agent, failure.Phrasing), SameTask.LookedAt);
        foreach (var filed in unfiled.SelectMany(pattern => pattern.Phrasings.Select(p => (pattern.Id, Agent: AgentOf(pattern), Phrasing: p))))
            if (_filed.TryAdd(FiledPhrasing.IdOf(filed.Agent, filed.Phrasing), filed.Id)) _filedAnew.Add(new(filed.Agent, filed.Id, Remember(filed.Agent, filed.Phrasing)));
        await Load(session, anew.SelectMany(f => (_near.GetValueOrDefault(f.PhrasingId) ?? []).Select(p => new Place<Guid>(f.Workspace, p))), cancellation);
        await Remember(meanings, [.. _patterns.Values.SelectMany(Phrasings)], cancellation);
    }

    /// <summary>What an earlier version filed stands in the patterns alone: it is filed from now on.</summary>
    async Task<List<FailurePattern>> UnfiledAsync(IQuerySession session, List<Place<string>> agents, DateTimeOffset earliest, CancellationToken cancellation)
    {
        if (agents.Count == 0) return [];
        var found = await session.LoadManyAsync<FailurePattern, Guid>(
            """
            select tenant_id, id, data from unnest($1, $2) as w(tenant, agent) join mt_doc_failurepattern
            on tenant_id = w.tenant and data ->> 'AgentId' = w.agent and last_failure_at >= $3
            """,
            [
                new() { Value = agents.Select(a => a.Workspace).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new() { Value = agents.Select(a => a.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = earliest - FailurePattern.Window },
            ],
            cancellation);
        foreach (var (place, pattern) in found) _patterns[place] = pattern;
        return [.. found.Values];
    }

    async Task Load(IQuerySession session, IEnumerable<Place<Guid>> places, CancellationToken cancellation)
    {
        List<Place<Guid>> wanted = [.. places.Where(p => !_patterns.ContainsKey(p)).Distinct()];
        if (wanted.Count == 0) return;
        foreach (var (place, pattern) in await patterns.LoadAsync(session, wanted, cancellation)) _patterns[place] = pattern;
    }

    /// <summary>Asks the model for those that nobody remembers.</summary>
    async Task Remember(Meanings meanings, IReadOnlyList<(Place<string> Agent, Phrasing Phrasing)> phrasings, CancellationToken cancellation)
    {
        var unknown = phrasings.Where(p => _agents.ContainsKey(p.Agent)).Select(p => (Id: FiledPhrasing.IdOf(p.Agent, p.Phrasing), p.Agent, p.Phrasing)).DistinctBy(p => p.Id)
            .Where(p => !_remembered.ContainsKey(p.Id) && _agents[p.Agent].Find(p.Id) is not { Meaning.Length: > 0 }).ToList();
        foreach (var (phrasing, meaning) in unknown.Zip(await meanings.OfAsync([.. unknown.Select(u => u.Phrasing.Task)], cancellation)))
            _remembered[phrasing.Id] = new(phrasing.Phrasing, meaning);
    }

    Remembered Remember(Place<string> agent, Phrasing phrasing)
    {
        var id = FiledPhrasing.IdOf(agent, phrasing);
        return _remembered.GetValueOrDefault(id) ?? _agents.GetValueOrDefault(agent)?.Find(id) ?? (_remembered[id] = new(phrasing, []));
    }

    static IEnumerable<(Place<string> Agent, Phrasing Phrasing)> Phrasings(FailurePattern pattern) =>
        pattern.Phrasings.Concat(pattern.Belonging).Concat(pattern.Apart).Select(p => (AgentOf(pattern), p));

    static Place<string> AgentOf(FailurePattern pattern) => new(pattern.WorkspaceId, pattern.AgentId);
}
