using System.Collections.Concurrent;
using AutoDev.Embeddings;
using Marten;

namespace AutoDev.Memento.Search;

/// <summary>
/// The workspaces' skills in this process's memory. Each search reads on first from where the table was read before, so that it finds all that was committed.
/// </summary>
sealed class SkillMemory(Meanings meanings)
{
    /// <summary>Of all workspaces together; some two kilobytes each.</summary>
    const int Most = 200_000;

    readonly ConcurrentDictionary<string, Remembered> _workspaces = new(StringComparer.Ordinal);

    /// <summary>The skills of the session's workspace that are nearest to a task, nearest first, and whether their meaning was compared too.</summary>
    public async Task<(IReadOnlyList<Hit> Hits, bool ByMeaning)> SearchAsync(IQuerySession session, string task, int most, CancellationToken cancellation)
    {
        var meaning = (await meanings.OfAsync([task], cancellation))[0];
        if (_workspaces.Values.Sum(w => w.Index.Count) > Most) _workspaces.Clear();
        var remembered = _workspaces.GetOrAdd(session.TenantId, _ => new());
        await remembered.One.WaitAsync(cancellation);
        try
        {
            foreach (var (skill, number) in await SkillIndexTable.ReadOnAsync(session, remembered.ReadUpTo, meanings.Model, cancellation))
            {
                if (skill.Text is { } text) remembered.Index.Put(skill.Name, text, skill.Meaning);
                else remembered.Index.Remove(skill.Name);
                remembered.ReadUpTo = number;
            }

            return (remembered.Index.Search(task, meaning, most), meaning.Length > 0);
        }
        finally
        {
            remembered.One.Release();
        }
    }

    sealed class Remembered
    {
        public SemaphoreSlim One { get; } = new(1);

        public SkillIndex Index { get; } = new();

        public long ReadUpTo { get; set; }
    }
}
