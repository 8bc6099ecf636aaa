using System.Text.RegularExpressions;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>What a skill is said to be for, as a set of words.</summary>
static partial class Description
{
    const int Shortest = 3;
    const int MostWords = 64;

    static readonly HashSet<string> SayNothing = new(
        "and are for from given has into its not one return returns that the their them then this those was which with function".Split(' '), StringComparer.Ordinal);

    /// <summary>Pure: the words of these texts, in lower case, without those that every text has, each once and without its plural's ending.</summary>
    public static string[] WordsOf(params IEnumerable<string?> texts) =>
    [
        .. texts.OfType<string>().SelectMany(t => Word().Matches(t.Length > 4000 ? t[..4000] : t).Select(m => m.Value.ToLowerInvariant()))
            .Where(w => w.Length >= Shortest && !SayNothing.Contains(w)).Select(w => w.Length > Shortest && w[^1] == 's' && w[^2] != 's' ? w[..^1] : w)
            .Distinct(StringComparer.Ordinal).Take(MostWords),
    ];

    /// <summary>Pure: the share of words that both have, of all that either has.</summary>
    public static double Likeness(IReadOnlyCollection<string> left, IReadOnlyCollection<string> right)
    {
        var shared = left.Intersect(right, StringComparer.Ordinal).Count();
        return shared == 0 ? 0 : (double)shared / (left.Count + right.Count - shared);
    }

    [GeneratedRegex(@"\p{L}+|\d+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
