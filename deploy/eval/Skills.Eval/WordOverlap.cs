using System.Text.RegularExpressions;

namespace AutoDev.Skills.Eval;

/// <summary>The baseline: the words in common, over the words of both.</summary>
sealed partial class WordOverlap
{
    readonly List<(string Name, HashSet<string> Words)> _texts = [];

    public void Put(string name, string text) => _texts.Add((name, WordsOf(text)));

    public IReadOnlyList<string> Search(string text, int most)
    {
        var words = WordsOf(text);
        return
        [
            .. _texts.Select(t => (t.Name, Common: t.Words.Count(words.Contains), Both: t.Words.Count))
                .OrderByDescending(t => (double)t.Common / Math.Max(1, words.Count + t.Both - t.Common)).Take(most).Select(t => t.Name),
        ];
    }

    static HashSet<string> WordsOf(string text) => Word().Matches(text.ToLowerInvariant()).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
