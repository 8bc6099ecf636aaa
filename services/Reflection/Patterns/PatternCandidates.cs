using System.Collections.Concurrent;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using NpgsqlTypes;

namespace AutoDev.Reflection.Patterns;

/// <summary>The patterns that a batch of failures may belong to: those that were there, and those that the batch begins. Loaded once, then decided in memory.</summary>
sealed class PatternCandidates
{
    readonly Dictionary<Place<string>, List<FailurePattern>> _ofAgent = [];
    readonly Dictionary<Guid, FailurePattern> _changed = [];
    readonly HashSet<Guid> _putAnew = [];

    /// <summary>What the batch changed, as it is now.</summary>
    public IReadOnlyCollection<FailurePattern> Changed => _changed.Values;

    /// <summary>Whether the batch put this pattern's task in words of which there is no hint yet.</summary>
    public bool IsPutAnew(FailurePattern pattern) => _putAnew.Contains(pattern.Id);

    /// <summary>Under the agents' locks. Of an agent whose failures are all put as others were before, only the patterns of these; else all in the window.</summary>
    public static async Task<PatternCandidates> LoadAsync(IQuerySession session, PhrasingHints hints, IReadOnlyList<ReportedEpisode> failures, CancellationToken cancellation)
    {
        var candidates = new PatternCandidates();
        var hinted = await session.LoadManyAsync<FailurePattern, Guid>([.. failures.Select(hints.Find).OfType<Place<Guid>>().Distinct()], cancellation);
        candidates.Add(hinted.Values);
        var agents = failures.Where(f => candidates.PutJustSo(f) is null).Select(f => f.Agent).Distinct().ToList();
        if (agents.Count == 0) return candidates;

        var found = await session.LoadManyAsync<FailurePattern, Guid>(
            """
            select tenant_id, id, data from mt_doc_failurepattern
            where tenant_id = any($1) and data ->> 'AgentId' = any($2) and mt_immutable_timestamptz(data ->> 'LastFailureAt') >= $3
            """,
            [
                new() { Value = agents.Select(a => a.Workspace).Distinct().ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new() { Value = agents.Select(a => a.Id).Distinct().ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = failures.Min(f => f.Episode.RecordedAt) - FailurePattern.Window },
            ],
            cancellation);
        candidates.Add(found.Where(f => !hinted.ContainsKey(f.Key)).Select(f => f.Value));
        hints.Remember(found.Values);
        return candidates;
    }

    /// <summary>The pattern that this failure is one of; <c>null</c> where it begins a new one.</summary>
    public FailurePattern? Find(ReportedEpisode failure) => PutJustSo(failure) ?? OperatorsWord.Find(Taking(failure), failure.Phrasing);

    /// <summary>The pattern as it is from now on.</summary>
    public void Put(FailurePattern pattern)
    {
        var patterns = OfAgent(new(pattern.WorkspaceId, pattern.AgentId));
        var known = patterns.FindIndex(p => p.Id == pattern.Id);
        if (known < 0 || !ReferenceEquals(patterns[known].Phrasings, pattern.Phrasings)) _putAnew.Add(pattern.Id);
        if (known < 0) patterns.Add(pattern);
        else patterns[known] = pattern;
        _changed[pattern.Id] = pattern;
    }

    // The same words and the same error: nothing can be more alike. Where an operator took something out of the pattern, all are compared.
    FailurePattern? PutJustSo(ReportedEpisode failure) =>
        Taking(failure).Where(p => p.Apart.Count == 0 && p.Phrasings.Contains(failure.Phrasing)).MaxBy(p => p.LastFailureAt);

    IEnumerable<FailurePattern> Taking(ReportedEpisode failure) => OfAgent(failure.Agent).Where(p => p.TakesAt(failure.Episode.RecordedAt));

    void Add(IEnumerable<FailurePattern> patterns)
    {
        foreach (var pattern in patterns) OfAgent(new(pattern.WorkspaceId, pattern.AgentId)).Add(pattern);
    }

    List<FailurePattern> OfAgent(Place<string> agent) => _ofAgent.TryGetValue(agent, out var patterns) ? patterns : _ofAgent[agent] = [];
}

/// <summary>
/// Where a failure that was put just so was filed before: most are put as others of their agent were. Only a hint of this process: the pattern is loaded and looked at
/// before it counts.
/// </summary>
sealed class PhrasingHints
{
    const int Most = 100_000;

    readonly ConcurrentDictionary<(Place<string> Agent, Phrasing Phrasing), Guid> _patterns = new();

    public Place<Guid>? Find(ReportedEpisode failure) =>
        _patterns.TryGetValue((failure.Agent, failure.Phrasing), out var pattern) ? new Place<Guid>(failure.Workspace, pattern) : null;

    public void Remember(IEnumerable<FailurePattern> patterns)
    {
        if (_patterns.Count > Most) _patterns.Clear();
        foreach (var pattern in patterns)
            foreach (var phrasing in pattern.Phrasings) _patterns[(new(pattern.WorkspaceId, pattern.AgentId), phrasing)] = pattern.Id;
    }
}
