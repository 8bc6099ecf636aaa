using System.Globalization;
using System.Text;

namespace AutoDev.Synthesis.Language;

/// <summary>Python's string methods, exactly; null where this runtime's Unicode tables may disagree with Python's.</summary>
static class PythonText
{
    public static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') or '\x85' || (c > 0x7f && char.IsWhiteSpace(c));

    public static string Strip(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];
    }

    public static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            while (i < text.Length && IsSpace(text[i])) i++;
            var start = i;
            while (i < text.Length && !IsSpace(text[i])) i++;
            if (i > start) words.Add(text[start..i]);
        }

        return words;
    }

    public static string? Upper(string text)
    {
        foreach (var c in text)
        {
            if (c > 0x7f && (IsOdd(c) || (char.GetUnicodeCategory(c) == UnicodeCategory.LowercaseLetter && char.ToUpperInvariant(c) == c))) return null;
        }

        return text.ToUpperInvariant();
    }

    public static string? Lower(string text)
    {
        foreach (var c in text)
        {
            if (c > 0x7f && (IsOdd(c) || (char.GetUnicodeCategory(c) == UnicodeCategory.UppercaseLetter && char.ToLowerInvariant(c) == c))) return null;
        }

        return text.ToLowerInvariant();
    }

    public static string? Title(string text)
    {
        if (Upper(text) is not { } upper || Lower(text) is not { } lower) return null;
        var title = new StringBuilder(text.Length);
        var inWord = false;
        for (var i = 0; i < text.Length; i++)
        {
            var cased = upper[i] != lower[i];
            title.Append(cased && !inWord ? upper[i] : lower[i]);
            inWord = cased;
        }

        return title.ToString();
    }

    public static string? Capitalize(string text) =>
        Upper(text) is { } upper && Lower(text) is { } lower ? text.Length == 0 ? "" : upper[0] + lower[1..] : null;

    /// <summary>Python counts code points, this runtime UTF-16 units: positions agree only without surrogates.</summary>
    public static bool HasPlainPositions(string text)
    {
        foreach (var c in text)
        {
            if (char.IsSurrogate(c)) return false;
        }

        return true;
    }

    public static string Slice(string text, int? start, int? end)
    {
        var from = Position(start ?? 0, text.Length);
        var to = Position(end ?? text.Length, text.Length);
        return from < to ? text[from..to] : "";
    }

    static int Position(int index, int length) => Math.Clamp(index < 0 ? index + length : index, 0, length);

    // Surrogates, the dotted and dotless i, the final sigma, the digraphs with a title form, and ligatures.
    static bool IsOdd(char c) => char.IsSurrogate(c)
        || c is 'İ' or 'ı' or 'Σ' or 'ς' or (>= '\u01c4' and <= '\u01cc') or (>= '\u01f1' and <= '\u01f3') or (>= '\ufb00' and <= '\ufb17')
        || char.GetUnicodeCategory(c) is UnicodeCategory.TitlecaseLetter or UnicodeCategory.NonSpacingMark;
}
