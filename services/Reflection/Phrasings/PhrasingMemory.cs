using System.Collections.Concurrent;
using AutoDev.Embeddings;
using AutoDev.ServiceDefaults.Persistence;
using Marten;

namespace AutoDev.Reflection.Phrasings;

/// <summary>
/// What this process remembers of how agents' failures were put. Only what was committed: each time an agent's memory is taken, under its lock, it is read on from where it
/// ended. Whoever took one has it alone; one that is not given back is read again.
/// </summary>
sealed class PhrasingMemory(Meanings meanings, TimeProvider clock)
{
    /// <summary>Of one agent, the latest; and of all together.</summary>
    const int MostOfAgent = 20_000, Most = 200_000;

    // What was forgotten meanwhile is only left out by reading from the start.
    static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    readonly ConcurrentDictionary<Place<string>, AgentPhrasings> _ofAgents = new();
    int _count;

    /// <summary>Under the agents' locks.</summary>
    public async Task<Dictionary<Place<string>, AgentPhrasings>> TakeAsync(IQuerySession session, IReadOnlyList<Place<string>> agents, CancellationToken cancellation)
    {
        var taken = agents.ToDictionary(a => a, Take);
        foreach (var (filed, number) in await PhrasingTable.ReadOnAsync(session, [.. taken.Select(t => (t.Key, t.Value.ReadUpTo))], MostOfAgent, meanings.Model, cancellation))
            taken[filed.Agent].Put(filed, number);
        return taken;
    }

    public void GiveBack(IReadOnlyDictionary<Place<string>, AgentPhrasings> taken)
    {
        foreach (var (agent, phrasings) in taken)
            if (_ofAgents.TryAdd(agent, phrasings)) Interlocked.Add(ref _count, phrasings.Count);
        if (Volatile.Read(ref _count) <= Most) return;
        foreach (var agent in _ofAgents.Keys) _ = Take(agent);
    }

    AgentPhrasings Take(Place<string> agent)
    {
        var now = clock.GetUtcNow();
        if (!_ofAgents.TryRemove(agent, out var known)) return new() { Since = now };
        Interlocked.Add(ref _count, -known.Count);
        return now - known.Since < Longest ? known : new() { Since = now };
    }
}
