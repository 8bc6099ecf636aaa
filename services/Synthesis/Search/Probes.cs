using System.Globalization;
using System.Text;
using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>An input that nobody gave an answer for, and how it came about.</summary>
/// <param name="Input">The arguments.</param>
/// <param name="IsNear">It differs from a seen input in what its tokens are, not in how many there are: the next input may well look like it.</param>
sealed record Probe(Inputs Input, bool IsNear);

/// <summary>
/// Likely inputs made from the seen ones: other words, other digits, tokens of one example among those of another (near); a word more or less, another case,
/// the last part gone (far). Programs that agree on the examples and differ here are different answers to the same examples.
/// Deterministic: the same inputs give the same probes.
/// </summary>
static class Probes
{
    const int MostRows = 3;
    const int LongestText = 600;

    public static IReadOnlyList<Probe> Of(IReadOnlyList<Inputs> rows)
    {
        var some = rows.DistinctBy(Shown).Take(MostRows).ToList();
        var seen = rows.Select(Shown).ToHashSet(StringComparer.Ordinal);
        var probes = new List<Probe>();
        foreach (var row in some)
        {
            Add(row, Longer, isNear: true);
            Add(row, Shorter, isNear: true);
            Add(row, OtherDigits, isNear: true);
            Add(row, MoreDigits, isNear: true);
        }

        foreach (var (one, other) in some.SelectMany(one => some.Where(other => other != one).Select(other => (one, other))))
        {
            Mix(one, other, (text, with) => Crossed(text, with, odd: false));
            Mix(one, other, (text, with) => Crossed(text, with, odd: true));
        }

        foreach (var row in some)
        {
            Add(row, WithoutLastWord, isNear: false);
            Add(row, WithAnotherWord, isNear: false);
            Add(row, WithoutLastPart, isNear: false);
            Add(row, text => text.Any(char.IsUpper) ? text.ToLowerInvariant() : text.ToUpperInvariant(), isNear: false);
        }

        return probes;

        void Add(Inputs row, Func<string, string?> change, bool isNear) => Keep(Changed(row, (_, text) => change(text)), isNear);

        void Mix(Inputs one, Inputs other, Func<string, string, string?> mix) =>
            Keep(Changed(one, (name, text) => other[name] is { Kind: JsonKind.Text } with ? mix(text, with.Text) : null), isNear: true);

        void Keep(Inputs? probe, bool isNear)
        {
            if (probe is not null && seen.Add(Shown(probe))) probes.Add(new(probe, isNear));
        }
    }

    /// <summary>The row with every text changed that can be; null where none can.</summary>
    static Inputs? Changed(Inputs row, Func<string, string, string?> change)
    {
        var any = false;
        var arguments = row.Arguments.ToDictionary(argument => argument.Key, argument =>
        {
            if (argument.Value.Kind != JsonKind.Text || argument.Value.Text.Length is 0 or > LongestText
                || change(argument.Key, argument.Value.Text) is not { } text || text == argument.Value.Text) return argument.Value;
            any = true;
            return Json.Of(text);
        }, StringComparer.Ordinal);
        return any ? new Inputs(arguments) : null;
    }

    public static string Shown(Inputs row) =>
        string.Join(", ", row.Arguments.OrderBy(argument => argument.Key, StringComparer.Ordinal).Select(argument => Literal.Write(argument.Value)));

    /// <summary>Runs of letters, digits and blanks, and single signs.</summary>
    static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var kind = Steps.Kind(text[i]);
            do i++; while (i < text.Length && kind < 3 && Steps.Kind(text[i]) == kind);
            tokens.Add(text[start..i]);
        }

        return tokens;
    }

    static string Each(string text, int kind, Func<string, int, string> change)
    {
        var at = 0;
        return string.Concat(Tokens(text).Select(token => Steps.Kind(token[0]) == kind ? change(token, at++) : token));
    }

    /// <summary>The next month in the same form, the other half of the day: a calendar has no longer or shorter words.</summary>
    static string? Turned(string word)
    {
        for (var i = 0; i < Layout.Months.Length; i++)
        {
            var (month, next) = (Layout.Months[i], Layout.Months[(i + 1) % Layout.Months.Length]);
            if (word.Equals(month, StringComparison.OrdinalIgnoreCase)) return Cased(next);
            if (word.Equals(month[..3], StringComparison.OrdinalIgnoreCase)) return Cased(next[..3]);
        }

        if (word.Equals("AM", StringComparison.OrdinalIgnoreCase)) return Cased("Pm");
        if (word.Equals("PM", StringComparison.OrdinalIgnoreCase)) return Cased("Am");
        return Array.Exists(Layout.Weekdays, day => word.Equals(day, StringComparison.OrdinalIgnoreCase) || word.Equals(day[..3], StringComparison.OrdinalIgnoreCase))
            ? word : null;

        string Cased(string name) => word.All(char.IsUpper) ? name.ToUpperInvariant() : word.All(char.IsLower) ? name.ToLowerInvariant() : name;
    }

    static string Longer(string text) => Each(text, 0, (word, at) =>
    {
        if (Turned(word) is { } turned) return turned;
        var more = "anolet".AsSpan(at % 3, 1 + (at % 2)).ToString();
        return word + (char.IsUpper(word[^1]) ? more.ToUpperInvariant() : more);
    });

    static string Shorter(string text) => Each(text, 0, (word, at) => word.Length < 3 || Turned(word) is not null ? word : word[..^(1 + (at % Math.Min(2, word.Length - 2)))]);

    static string OtherDigits(string text) => Each(text, 1, (digits, at) =>
    {
        var other = new StringBuilder();
        for (var i = 0; i < digits.Length; i++)
        {
            // Smaller digits: days and months stay days and months.
            var digit = digits[i] switch { '0' => i == 0 ? '0' : '1', '1' => '1', var c when char.IsAsciiDigit(c) => (char)(c - 1), var c => c };
            other.Append(digit);
        }

        return other.ToString();
    });

    static string MoreDigits(string text) => Each(text, 1, (digits, at) => digits.Length switch
    {
        1 => digits == "0" ? digits : (1 + (at % 2)).ToString(CultureInfo.InvariantCulture) + digits,
        2 => digits[0] == '0' ? digits : digits[..1],
        // Years have four digits.
        4 when digits[0] is '1' or '2' => digits,
        _ => digits + (at % 10).ToString(CultureInfo.InvariantCulture),
    });

    /// <summary>Every second word or number from another example of the same form.</summary>
    static string? Crossed(string text, string with, bool odd)
    {
        var (tokens, others) = (Tokens(text), Tokens(with));
        if (tokens.Count != others.Count) return null;
        var at = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (Steps.Kind(tokens[i][0]) > 1) continue;
            if (at++ % 2 == (odd ? 1 : 0)) tokens[i] = others[i];
        }

        return string.Concat(tokens);
    }

    static string? WithoutLastWord(string text)
    {
        var at = text.TrimEnd().LastIndexOf(' ');
        return at > 0 ? text[..at].TrimEnd() : null;
    }

    static string? WithAnotherWord(string text)
    {
        var at = text.IndexOf(' ', StringComparison.Ordinal);
        if (at <= 0) return null;
        var next = text[(at + 1)..].TrimStart();
        var word = Tokens(next).FirstOrDefault(token => Steps.Kind(token[0]) < 2);
        return word is null ? null : $"{text[..at]} {(char.IsDigit(word[0]) ? OtherDigits(word) : Longer(word))}{text[at..]}";
    }

    static string? WithoutLastPart(string text)
    {
        var at = text.Length - 1;
        while (at > 0 && (Steps.Kind(text[at]) < 3 || text[at] is '\'' or '_')) at--;
        return at > 0 ? text[..at] : null;
    }
}
