using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Memento.Exchange;

/// <summary>A function at the top level of a module.</summary>
sealed record PythonFunction(string Name, IReadOnlyList<string> Parameters, bool IsAsync);

/// <summary>
/// Reads what functions a module defines without running it, and without a Python: its texts and comments are blanked, its lines put together where they go
/// on, so that what is left can be read line by line. Whether it is Python at all, only the sandbox's parser says.
/// </summary>
static partial class PythonSource
{
    /// <summary>Functions at the top level, each name once: of two the last counts, as in Python.</summary>
    public static IReadOnlyList<PythonFunction> Functions(string source)
    {
        var found = new Dictionary<string, PythonFunction>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(source).Split('\n'))
        {
            if (Definition().Match(line) is { Success: true } head)
                found[head.Groups["name"].Value] = new(head.Groups["name"].Value, Parameters(line[(head.Index + head.Length)..]), head.Groups["async"].Success);
        }

        return [.. found.Values];
    }

    /// <summary>The source with blanks in place of what is in texts and comments, and of line ends that do not end a statement.</summary>
    static string LogicalLines(string source)
    {
        var blanked = new StringBuilder(source.Length);
        var depth = 0;
        for (var at = 0; at < source.Length;)
        {
            var c = source[at];
            switch (c)
            {
                case '#':
                    while (at < source.Length && source[at] != '\n') at++;
                    continue;
                case '"' or '\'':
                    at = EndOfText(source, at);
                    blanked.Append("\"\"");
                    continue;
                case '\\' when at + 1 < source.Length && source[at + 1] == '\n':
                    blanked.Append(' ');
                    at += 2;
                    continue;
                case '(' or '[' or '{':
                    depth++;
                    break;
                case ')' or ']' or '}':
                    depth = Math.Max(0, depth - 1);
                    break;
                case '\n' when depth > 0:
                    c = ' ';
                    break;
            }

            blanked.Append(c);
            at++;
        }

        return blanked.ToString();
    }

    // A backslash keeps a quote from ending a raw text too. A text of one line ends with the line at the latest: that is an error, and no text goes on.
    static int EndOfText(string source, int at)
    {
        var quote = source[at];
        bool IsTriple(int from) => from + 2 < source.Length && source[from + 1] == quote && source[from + 2] == quote;
        var isLong = IsTriple(at);
        for (at += isLong ? 3 : 1; at < source.Length; at++)
        {
            if (source[at] == '\\') at++;
            else if (!isLong && source[at] == '\n') return at;
            else if (source[at] == quote && (!isLong || IsTriple(at))) return at + (isLong ? 3 : 1);
        }

        return source.Length;
    }

    /// <summary>What follows the opening bracket, up to the one that closes it. A lambda in a default has commas of its own before its colon.</summary>
    static List<string> Parameters(string rest)
    {
        var names = new List<string>();
        var (depth, from, lambdas) = (0, 0, 0);
        for (var at = 0; at < rest.Length; at++)
        {
            if (rest[at] is '(' or '[' or '{') depth++;
            if (depth == 0 && Lambda().IsMatch(rest, at)) lambdas++;
            if (depth == 0 && rest[at] == ':' && lambdas > 0) lambdas--;
            var ends = rest[at] is ')' or ']' or '}' && --depth < 0;
            if (!ends && (rest[at] != ',' || depth > 0 || lambdas > 0)) continue;
            if (Parameter().Match(rest[from..at]) is { Success: true } parameter) names.Add(parameter.Groups["name"].Value);
            from = at + 1;
            if (ends) break;
        }

        return names;
    }

    [GeneratedRegex(@"^(?<async>async[ \t]+)?def[ \t]+(?<name>\w+)[ \t]*\(", RegexOptions.None, 1000)]
    private static partial Regex Definition();

    [GeneratedRegex(@"\G\blambda\b", RegexOptions.None, 1000)]
    private static partial Regex Lambda();

    [GeneratedRegex(@"^\s*\*{0,2}\s*(?<name>\w+)", RegexOptions.None, 1000)]
    private static partial Regex Parameter();
}
