using System.Numerics;

namespace AutoDev.Reflection.Phrasings;

/// <summary>All ways in which one agent's failures were put, in memory: so the few patterns that a new one may be of are found without a look at the others.</summary>
sealed class AgentPhrasings
{
    const int SignsOfAWord = 64;

    // A word that more patterns have says little.
    const int MostWithAWord = 500;

    readonly Dictionary<Guid, Entry> _entries = [];

    /// <summary>All changes up to this number are in it.</summary>
    public long ReadUpTo { get; private set; }

    /// <summary>When it was begun to be read.</summary>
    public required DateTimeOffset Since { get; init; }

    public int Count => _entries.Count;

    public Usual Usual { get; } = new();

    /// <summary>As it was filed, or as it was filed anew.</summary>
    public void Put(FiledPhrasing filed, long number)
    {
        ReadUpTo = number;
        var id = FiledPhrasing.IdOf(filed.Agent, filed.Phrasing.Phrasing);
        if (_entries.Remove(id, out var before))
            Usual.Remove(before.Phrasing, before.PatternId);
        _entries[id] = new(filed.PatternId, filed.Phrasing, SignsOf(filed.Phrasing.Meaning));
        Usual.Add(filed.Phrasing, filed.PatternId);
    }

    /// <summary>A phrasing with its meaning, where it was filed.</summary>
    public Remembered? Find(Guid id) => _entries.GetValueOrDefault(id)?.Phrasing;

    /// <summary>
    /// The patterns that a failure may be of: half of them by the directions' signs (as many alike as the angle between them is small; Charikar 2002), half by the
    /// rarest words in common.
    /// </summary>
    public HashSet<Guid> NearestPatterns(Remembered failure, int most)
    {
        var nearest = new HashSet<Guid>();
        if (_entries.Count == 0) return nearest;
        foreach (var patterns in failure.Text.Words.Select(Usual.PatternsWith).Where(with => with.Count <= MostWithAWord).OrderBy(with => with.Count))
        {
            if (nearest.Count >= most / 2) break;
            nearest.UnionWith(patterns.Take((most / 2) - nearest.Count));
        }

        var signs = SignsOf(failure.Meaning);
        var byDistance = new List<(int Distance, Guid Pattern)>(_entries.Count);
        foreach (var entry in _entries.Values) byDistance.Add((Distance(signs, entry.Signs), entry.PatternId));
        byDistance.Sort(static (a, b) => a.Distance.CompareTo(b.Distance));
        foreach (var (_, pattern) in byDistance)
        {
            if (nearest.Count >= most) break;
            nearest.Add(pattern);
        }

        return nearest;
    }

    static int Distance(ulong[] left, ulong[] right)
    {
        if (left.Length != right.Length) return int.MaxValue;
        var distance = 0;
        for (var i = 0; i < left.Length; i++) distance += BitOperations.PopCount(left[i] ^ right[i]);
        return distance;
    }

    static ulong[] SignsOf(float[] meaning)
    {
        var signs = new ulong[(meaning.Length + SignsOfAWord - 1) / SignsOfAWord];
        for (var i = 0; i < meaning.Length; i++)
            if (meaning[i] > 0) signs[i / SignsOfAWord] |= 1UL << (i % SignsOfAWord);
        return signs;
    }

    sealed record Entry(Guid PatternId, Remembered Phrasing, ulong[] Signs);
}
