using System.Globalization;
using System.Text;

namespace AutoDev.Synthesis.Python;

/// <summary>Writes values as Python literals. Whatever an example holds, the result is one literal on one line and nothing else.</summary>
static class PythonLiteral
{
    public static string Text(string value)
    {
        var literal = new StringBuilder("\"");
        foreach (var rune in value.EnumerateRunes()) literal.Append(Escaped(rune));
        return literal.Append('"').ToString();
    }

    /// <summary>A regular expression as a raw literal where that is possible, as an ordinary one otherwise.</summary>
    public static string Pattern(string pattern) =>
        pattern.EndsWith('\\') || pattern.Contains('"') || pattern.EnumerateRunes().Any(rune => rune.Value != '\\' && Escaped(rune) != rune.ToString())
            ? Text(pattern)
            : $"r\"{pattern}\"";

    /// <summary>Text for the inside of a docstring: one paragraph of harmless characters.</summary>
    public static string Prose(string value, int limit)
    {
        var prose = new StringBuilder();
        foreach (var rune in value.EnumerateRunes())
        {
            if (prose.Length >= limit) { prose.Append("..."); break; }
            var text = rune.Value == '\\' ? "/" : rune.Value == '"' ? "'" : IsPrintable(rune) ? rune.ToString() : " ";
            if (text != " " || (prose.Length > 0 && prose[^1] != ' ')) prose.Append(text);
        }
        return prose.ToString().Trim();
    }

    static string Escaped(Rune rune) => rune.Value switch
    {
        '\\' => "\\\\",
        '"' => "\\\"",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when IsPrintable(rune) => rune.ToString(),
        <= 0xff => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        <= 0xffff => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };

    // Other scripts' letters stay readable; marks, controls, and everything that can turn the direction of text are escaped.
    static bool IsPrintable(Rune rune) => rune.IsAscii
        ? rune.Value is >= 0x20 and < 0x7f
        : rune.Value < 0x250 && Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.CurrencySymbol
                or UnicodeCategory.OtherSymbol;
}
