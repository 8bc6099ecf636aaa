using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>A range is one thing: its two ends come from the same rounding and stand in the output with one separator between them.</summary>
static class Ranges
{
    const int LongestSeparator = 6;

    /// <summary>Both ends with what separates them in the first output that has both; null where some output disagrees.</summary>
    public static Column? Join(Column begin, Column end, Goal goal, int cost)
    {
        string? separator = null;
        var values = new string?[goal.Count];
        for (var row = 0; row < goal.Count; row++)
        {
            if (begin.Values[row] is not { } first || end.Values[row] is not { } last || goal.Wanted[row] is not { } wanted) continue;
            separator ??= Between(wanted, first, last);
            if (separator is null) return null;
            values[row] = first + separator + last;
            if (!wanted.Contains(values[row]!, StringComparison.Ordinal)) return null;
        }

        return separator is null ? null : new Column(new Concatenation([.. Parts(begin.Node), new Constant(separator), .. Parts(end.Node)]), values, cost);
    }

    static IEnumerable<TextNode> Parts(TextNode node) => node is Concatenation ? node.Children : [node];

    static string? Between(string wanted, string first, string last)
    {
        var start = wanted.IndexOf(first, StringComparison.Ordinal);
        if (start < 0) return null;
        start += first.Length;
        var end = wanted.IndexOf(last, start, StringComparison.Ordinal);
        return end > start && end - start <= LongestSeparator && !wanted[start..end].Any(char.IsDigit) ? wanted[start..end] : null;
    }
}
