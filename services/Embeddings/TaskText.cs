using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace AutoDev.Embeddings;

/// <summary>A text as matching sees it: its words, each once, without the order.</summary>
public sealed partial class TaskText
{
    /// <summary>Of a longer text the rarest words count.</summary>
    const int MostWords = 60;
    const int MostRemembered = 50_000;

    static readonly ConcurrentDictionary<string, TaskText> Remembered = new(StringComparer.Ordinal);

    TaskText(IReadOnlyList<TaskWord> words, double[] counts) => (Words, Counts) = (words, counts);

    /// <summary>Plurals are singular, and everything with a digit is <see cref="TaskWord.Numbers"/>.</summary>
    public IReadOnlyList<TaskWord> Words { get; }

    /// <summary>How often each stands in the text, damped: 1 + ln n.</summary>
    public double[] Counts { get; }

    /// <summary>The same text is taken apart once; the same ones come again and again.</summary>
    public static TaskText Of(string text)
    {
        if (Remembered.Count > MostRemembered) Remembered.Clear();
        return Remembered.GetOrAdd(text, Read);
    }

    static TaskText Read(string text)
    {
        var counted = Word().Matches(text.ToLowerInvariant()).CountBy(m => TaskWord.Stem(m.Value), StringComparer.Ordinal)
            .Select(w => (Word: TaskWord.Of(w.Key), Count: 1 + Math.Log(w.Value)))
            .ToList();
        if (counted.Count > MostWords) counted = [.. counted.OrderBy(w => w.Word.Prior).Take(MostWords)];
        return new([.. counted.Select(w => w.Word)], [.. counted.Select(w => w.Count)]);
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:'\p{L}+)?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}

/// <summary>A word, with what is known of it before any text was seen.</summary>
public sealed class TaskWord
{
    const int MostRemembered = 100_000;
    const double WordsOfAText = 15;
    const double Zipf = 13; // the harmonic number of some 400,000 words
    const int RankOfNumbers = 300, RankOfUnknown = 60_000;
    const int ShortestToMisspell = 4, LongestSlip = 3;
    const double AlikeWhenKnown = 0.7, AlikeWhenUnknown = 0.36;

    static readonly ConcurrentDictionary<string, TaskWord> Remembered = new(StringComparer.Ordinal);

    readonly string _text;
    readonly HashSet<(char, char, char)> _trigrams = [];
    readonly ulong _marks;

    TaskWord(string text)
    {
        _text = text;
        var rank = text == Numbers ? RankOfNumbers : Forms(text).Select(EnglishWords.RankOf).FirstOrDefault(r => r is not null);
        IsKnown = rank is not null;
        Prior = 1 - Math.Exp(-WordsOfAText / ((rank ?? RankOfUnknown) * Zipf));
        var padded = $"^{text}$";
        for (var i = 0; i + 2 < padded.Length; i++) _trigrams.Add((padded[i], padded[i + 1], padded[i + 2]));
        foreach (var trigram in _trigrams) _marks |= MarkOf(trigram);
    }

    /// <summary>Whether the sentence model knows it as a whole.</summary>
    public bool IsKnown { get; }

    /// <summary>The share of texts with this word, from its rank by Zipf's law and a text of fifteen words.</summary>
    public double Prior { get; }

    /// <summary>What has a digit (a number, an id, a date) is alike.</summary>
    public const string Numbers = "#";

    /// <summary>The word of a stem; the same object for the same stem, as long as it is remembered.</summary>
    public static TaskWord Of(string stem)
    {
        if (Remembered.Count > MostRemembered) Remembered.Clear();
        return Remembered.GetOrAdd(stem, static s => new(s));
    }

    /// <summary>A plural is its singular, and every number is <see cref="Numbers"/>.</summary>
    public static string Stem(string word)
    {
        if (word.Any(char.IsDigit)) return Numbers;
        if (word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal)) return word[..^3] + "y";
        return word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i') ? word[..^1] : word;
    }

    /// <summary>1 for the same word, the Dice coefficient of the letter triples for what may be a slip of the pen, else 0.</summary>
    public double Alike(TaskWord other)
    {
        if (ReferenceEquals(this, other) || _text == other._text) return 1;
        if (Math.Min(_text.Length, other._text.Length) < ShortestToMisspell || Math.Abs(_text.Length - other._text.Length) > LongestSlip) return 0;
        var least = IsKnown && other.IsKnown ? AlikeWhenKnown : AlikeWhenUnknown;
        var (all, most) = (_trigrams.Count + other._trigrams.Count, 0);
        foreach (var trigram in _trigrams) most += (MarkOf(trigram) & other._marks) != 0 ? 1 : 0;
        if (2.0 * most / all <= least) return 0; // nearly all end here, without a look at the triples
        var dice = 2.0 * _trigrams.Count(other._trigrams.Contains) / all;
        return dice > least ? dice : 0;
    }

    /// <summary>The stem itself.</summary>
    public override string ToString() => _text;

    static ulong MarkOf((char A, char B, char C) trigram) => 1UL << (((trigram.A * 31) + (trigram.B * 7) + trigram.C) & 63);

    static IEnumerable<string> Forms(string word)
    {
        yield return word;
        if (word.EndsWith("'s", StringComparison.Ordinal)) yield return word[..^2];
        if (word.EndsWith("es", StringComparison.Ordinal)) yield return word[..^2];
        if (word.EndsWith("ing", StringComparison.Ordinal)) yield return word[..^3];
        if (word.EndsWith("ing", StringComparison.Ordinal)) yield return word[..^3] + "e";
        if (word.EndsWith("ed", StringComparison.Ordinal)) yield return word[..^2];
        if (word.EndsWith("ed", StringComparison.Ordinal)) yield return word[..^1];
    }
}
