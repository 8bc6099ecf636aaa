using System.Text.RegularExpressions;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// Decides whether two failures are of the same task: by the words of the descriptions, with the kind of error as second evidence.
/// Wrong merges cost most, so that doubt separates.
/// </summary>
static partial class SameTask
{
    /// <summary>Share of the larger description's words that both have, from which two tasks are one.</summary>
    const double Threshold = 0.5;

    /// <summary>Two errors of the same kind make it likelier, two of different kinds less so.</summary>
    const double ErrorEvidence = 0.1;

    static readonly HashSet<string> Fillers = new(StringComparer.Ordinal)
    {
        "a", "an", "the", "of", "in", "on", "to", "for", "from", "with", "and", "or", "is", "are", "be", "this", "that", "these", "those", "it", "its",
        "please", "my", "your", "our", "me", "you", "i", "we",
    };

    /// <summary>Pure: the pattern that this failure is one of, or <c>null</c> where it begins a new one.</summary>
    public static FailurePattern? Find(IEnumerable<FailurePattern> patterns, Phrasing failure)
    {
        var words = Words(failure.Task);
        return patterns
            .Select(pattern => (Pattern: pattern, Similarity: pattern.Phrasings.Max(known => Similarity(words, failure.Error, Words(known.Task), known.Error))))
            .Where(match => match.Similarity >= Threshold)
            .OrderByDescending(match => match.Similarity).ThenByDescending(match => match.Pattern.LastFailureAt)
            .FirstOrDefault().Pattern;
    }

    /// <summary>0 (nothing in common) to a little above 1 (the same words, the same kind of error).</summary>
    internal static double Similarity(IReadOnlySet<string> left, string? leftError, IReadOnlySet<string> right, string? rightError)
    {
        if (left.Count == 0 || right.Count == 0) return 0;
        var overlap = (double)left.Count(right.Contains) / Math.Max(left.Count, right.Count);
        if (leftError is null || rightError is null) return overlap;
        return leftError == rightError ? overlap + ErrorEvidence : overlap - ErrorEvidence;
    }

    /// <summary>The words that tell tasks apart: lower case, plural s dropped, numbers and ids made alike, fillers dropped where something is left.</summary>
    internal static IReadOnlySet<string> Words(string description)
    {
        var all = Word().Matches(description.ToLowerInvariant()).Select(m => Stem(m.Value)).ToHashSet(StringComparer.Ordinal);
        var telling = all.Where(w => !Fillers.Contains(w)).ToHashSet(StringComparer.Ordinal);
        return telling.Count > 0 ? telling : all;
    }

    /// <summary>The exception's name of the last line that has one: the line that says what finally happened.</summary>
    internal static string? ErrorKind(string? trace) => trace is null ? null : Error().Matches(trace).LastOrDefault()?.Value;

    static string Stem(string word)
    {
        if (word.Any(char.IsAsciiDigit)) return "#";
        return word.Length > 3 && word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1] : word;
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[A-Z][A-Za-z0-9]*(?:Error|Exception|Timeout|Failure)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Error();
}
