using System.Text.RegularExpressions;

namespace AutoDev.OperatorConsole.Review;

/// <summary>Colours Python for reading. Pure, forgiving, and never more than colours: the text is unchanged.</summary>
static partial class PythonText
{
    /// <summary>The source's lines, each in pieces with a kind: <c>string</c>, <c>comment</c>, <c>keyword</c>, <c>number</c>, <c>name</c> (a definition's) or empty.</summary>
    public static IReadOnlyList<IReadOnlyList<Piece>> Lines(string source)
    {
        var lines = new List<IReadOnlyList<Piece>>();
        var line = new List<Piece>();
        foreach (var piece in PiecesOf(source.ReplaceLineEndings("\n")))
        {
            var parts = piece.Text.Split('\n');
            for (var i = 0; i < parts.Length; i++)
            {
                if (i > 0)
                {
                    lines.Add(line);
                    line = [];
                }

                if (parts[i].Length > 0) line.Add(piece with { Text = parts[i] });
            }
        }

        if (line.Count > 0 || lines.Count == 0) lines.Add(line);
        return lines;
    }

    // The source is hostile text: whatever it does to the pattern, it is shown.
    static IReadOnlyList<Piece> PiecesOf(string source)
    {
        try
        {
            return [.. Pieces(source)];
        }
        catch (RegexMatchTimeoutException)
        {
            return [new("", source)];
        }
    }

    static IEnumerable<Piece> Pieces(string source)
    {
        var at = 0;
        foreach (Match match in Token().Matches(source))
        {
            if (match.Index > at) yield return new("", source[at..match.Index]);
            yield return new(Kind(match), match.Value);
            at = match.Index + match.Length;
        }

        if (at < source.Length) yield return new("", source[at..]);
    }

    static string Kind(Match match) => match.Groups.Cast<Group>().Skip(1).First(g => g.Success).Name;

    // Strings first, then comments, so that neither hides in the other. An unclosed string ends with its line.
    [GeneratedRegex(
        """
        (?<string>[rbfuRBFU]{0,2}(?:\"{3}[\s\S]*?(?:\"{3}|\z)|'{3}[\s\S]*?(?:'{3}|\z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<comment>\#[^\n]*)|(?<name>(?<=\b(?:def|class)\s{1,8})\w+)|(?<keyword>\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|match|case)\b)|(?<number>\b\d[\d_]*(?:\.\d+)?\b)
        """, RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Token();
}

/// <summary>A piece of a line.</summary>
sealed record Piece(string Kind, string Text);
