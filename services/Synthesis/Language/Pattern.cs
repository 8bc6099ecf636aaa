using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Synthesis.Language;

/// <summary>
/// A regular expression that means the same in Python and here. Kept to constructs on which both agree;
/// <c>\s</c> and <c>\w</c>, whose tables differ, are spelled out for this runtime.
/// </summary>
sealed record Pattern(string Source, bool IgnoreCase = false)
{
    static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(250);
    Regex? _regex;

    Regex Regex => _regex ??= new Regex(
        ForThisRuntime(Source),
        RegexOptions.CultureInvariant | (IgnoreCase ? RegexOptions.IgnoreCase : RegexOptions.None),
        MatchLimit);

    /// <summary>One capturing group at most: what <c>findall</c> gives.</summary>
    public bool HasGroup => Regex.GetGroupNumbers().Length > 1;

    public List<string> FindAll(string text)
    {
        var found = new List<string>();
        try
        {
            var group = HasGroup ? 1 : 0;
            for (var match = Regex.Match(text); match.Success; match = match.NextMatch()) found.Add(match.Groups[group].Value);
        }
        catch (RegexMatchTimeoutException)
        {
            found.Clear();
        }

        return found;
    }

    public string? Find(string text)
    {
        try
        {
            var match = Regex.Match(text);
            return match.Success ? match.Groups[HasGroup ? 1 : 0].Value : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    public bool IsIn(string text) => Find(text) is not null;

    public string Replace(string text, string plainReplacement)
    {
        try
        {
            return Regex.Replace(text, _ => plainReplacement);
        }
        catch (RegexMatchTimeoutException)
        {
            return text;
        }
    }

    /// <summary>A literal inside a pattern.</summary>
    public static string Escape(string literal)
    {
        var escaped = new StringBuilder();
        foreach (var c in literal)
        {
            if (c is '.' or '^' or '$' or '*' or '+' or '?' or '{' or '}' or '[' or ']' or '\\' or '|' or '(' or ')') escaped.Append('\\').Append(c);
            else if (c is '\n') escaped.Append("\\n");
            else if (c is '\r') escaped.Append("\\r");
            else if (c is '\t') escaped.Append("\\t");
            else if (c is '"' || c < ' '
                || c == '\x7f') escaped.Append("\\x").Append(((int)c).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
            else escaped.Append(c);
        }

        return escaped.ToString();
    }

    static string ForThisRuntime(string source)
    {
        var translated = new StringBuilder();
        var inClass = false;
        for (var i = 0; i < source.Length; i++)
        {
            var c = source[i];
            if (c == '\\' && i + 1 < source.Length)
            {
                var next = source[++i];
                translated.Append((next, inClass) switch
                {
                    ('s', true) => @"\s\x1c-\x1f",
                    ('s', false) => @"[\s\x1c-\x1f]",
                    ('S', false) => @"[^\s\x1c-\x1f]",
                    ('w', true) => @"\p{L}\p{N}_",
                    ('w', false) => @"[\p{L}\p{N}_]",
                    ('W', false) => @"[^\p{L}\p{N}_]",
                    // Only ever written as [^\W\d_] (letters) and [\W_] (anything but letters and digits), see below.
                    ('Z', _) => @"\z",
                    _ => "\\" + next,
                });
                continue;
            }

            if (!inClass && string.CompareOrdinal(source, i, Letter, 0, Letter.Length) == 0)
            {
                translated.Append(@"[\p{L}\p{Nl}\p{No}]");
                i += Letter.Length - 1;
                continue;
            }

            if (!inClass && string.CompareOrdinal(source, i, LetterOrDigit, 0, LetterOrDigit.Length) == 0)
            {
                translated.Append(@"[\p{L}\p{N}]");
                i += LetterOrDigit.Length - 1;
                continue;
            }

            if (!inClass && string.CompareOrdinal(source, i, NeitherLetterNorDigit, 0, NeitherLetterNorDigit.Length) == 0)
            {
                translated.Append(@"[^\p{L}\p{N}]");
                i += NeitherLetterNorDigit.Length - 1;
                continue;
            }

            if (c == '[' && !inClass) inClass = true;
            else if (c == ']' && inClass) inClass = false;
            translated.Append(c);
        }

        return translated.ToString();
    }

    public const string Letter = @"[^\W\d_]";
    public const string LetterOrDigit = @"[^\W_]";
    public const string NeitherLetterNorDigit = @"[\W_]";

    public bool Equals(Pattern? other) => other is not null && other.Source == Source && other.IgnoreCase == IgnoreCase;
    public override int GetHashCode() => HashCode.Combine(Source, IgnoreCase);
}
