using AutoDev.Embeddings;

namespace AutoDev.Reflection.Phrasings;

/// <summary>
/// What is usual among an agent's failures: in how many of its patterns a word stands, and where its phrasings' meanings lie on average. Patterns are counted, not failures:
/// what all phrasings of one task have in common stays rare.
/// </summary>
sealed class Usual
{
    readonly Dictionary<TaskWord, Dictionary<Guid, int>> _patternsWith = [];
    readonly Dictionary<Guid, int> _patterns = [];
    double[] _sum = [];
    int _meanings;

    /// <summary>How many patterns there are.</summary>
    public int Count => _patterns.Count;

    public static Usual Of(IEnumerable<(Remembered Phrasing, Guid PatternId)> phrasings)
    {
        var usual = new Usual();
        foreach (var (phrasing, pattern) in phrasings) usual.Add(phrasing, pattern);
        return usual;
    }

    /// <summary>Those with this word in a phrasing.</summary>
    public IReadOnlyCollection<Guid> PatternsWith(TaskWord word) => _patternsWith.TryGetValue(word, out var with) ? with.Keys : [];

    /// <summary>The mean of the directions; shorter than one, the shorter the less alike they are. Empty where there is none.</summary>
    public float[] Middle()
    {
        var middle = new float[_sum.Length];
        for (var i = 0; i < middle.Length; i++) middle[i] = (float)(_sum[i] / Math.Max(1, _meanings));
        return middle;
    }

    public void Add(Remembered phrasing, Guid pattern) => Change(phrasing, pattern, 1);

    /// <summary>Of one that was added before.</summary>
    public void Remove(Remembered phrasing, Guid pattern) => Change(phrasing, pattern, -1);

    void Change(Remembered phrasing, Guid pattern, int by)
    {
        Change(_patterns, pattern, by);
        foreach (var word in phrasing.Text.Words)
        {
            if (!_patternsWith.TryGetValue(word, out var with)) with = _patternsWith[word] = [];
            Change(with, pattern, by);
        }

        if (_sum.Length == 0) _sum = new double[phrasing.Meaning.Length];
        if (phrasing.Meaning.Length == 0 || phrasing.Meaning.Length != _sum.Length) return;
        _meanings += by;
        for (var i = 0; i < _sum.Length; i++) _sum[i] += by * phrasing.Meaning[i];
    }

    static void Change(Dictionary<Guid, int> counts, Guid pattern, int by)
    {
        var count = counts.GetValueOrDefault(pattern) + by;
        if (count > 0) counts[pattern] = count;
        else counts.Remove(pattern);
    }
}
