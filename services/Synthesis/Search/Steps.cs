using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Which steps are worth trying on a column, judged by what its texts have in common.</summary>
static class Steps
{
    public static readonly Method[] Cases = [Method.Lower, Method.Upper, Method.Title, Method.Capitalize];

    /// <summary>Kinds of tokens, the more common first.</summary>
    public static readonly (Pattern Pattern, string Noun, int Price)[] Tokens =
    [
        (new(@"\d+"), "number", 0),
        (new(Pattern.Letter + "+"), "word", 0),
        (new("[A-Z]+"), "capital", 70),
        (new("[a-z]+"), "lower-case word", 40),
        (new("[A-Z][a-z]+"), "capitalised word", 70),
        (new(Pattern.LetterOrDigit + "+"), "token", 10),
        (new(@"-?\d+(?:\.\d+)?"), "number", 70),
        (new(@"\d[\d,]*(?:\.\d+)?"), "amount", 80),
        (new(@"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "address", 20),
        (new(@"[\w'-]+"), "word", 20),
    ];

    static readonly (Pattern Pattern, string Noun, int Price)[] Anchored =
    [
        (new(@"^\d+"), "leading number", 0), (new(@"\d+\Z"), "trailing number", 0),
        (new($"^{Pattern.Letter}+"), "leading word", 0), (new($@"{Pattern.Letter}+\Z"), "trailing word", 0),
        (new($"^{Pattern.LetterOrDigit}+"), "leading token", 0), (new($@"{Pattern.LetterOrDigit}+\Z"), "trailing token", 0),
        (new("^[A-Z]+"), "leading capitals", 110), (new(@"^\D+"), "beginning", 0), (new(@"\D+\Z"), "ending", 0),
    ];

    static readonly (Pattern Pattern, int Price)[] Removals =
    [
        (new(@"\D"), 0), (new(@"\d"), 30), (new(@"\s"), 0), (new(Pattern.NeitherLetterNorDigit), 0), (new(@"[^\w\s]"), 20), (new("[a-z]"), 60),
            (new("[^A-Z]"), 30),
        (new(@"[^\d.]"), 20), (new(@"<[^<>]*>"), 40), (new(@"\s*\([^()]*\)"), 60), (new(@"\d+"), 60), (new("[^A-Za-z]"), 30),
    ];

    public static IEnumerable<(TextStep Step, int Price)> For(Column column, Goal goal, bool isFirst)
    {
        var texts = column.Values.OfType<string>().ToList();
        var longest = texts.Max(text => text.Length);
        if (longest < 2) yield break;
        var many = isFirst ? 8 : 2;
        if (texts.Any(text => text.Length > 0 && (PythonText.IsSpace(text[0]) || PythonText.IsSpace(text[^1])))) yield return (Method.Strip, Prices.Strip);

        var words = texts.Max(text => PythonText.Words(text).Count);
        if (texts.Any(text => PythonText.Words(text).Count != 1))
        {
            foreach (var index in Indices(words, many)) yield return (new Word(index), Prices.Word + Prices.Index(index));
            if (texts.Any(text => string.Join(' ', PythonText.Words(text)) != text)) yield return (new Squeeze(), Prices.Squeeze);
        }

        foreach (var separator in Separators(texts, isFirst))
        {
            var most = texts.Max(text => TextCondition.Occurrences(text, separator));
            var price = SeparatorPrice(separator);
            foreach (var index in Indices(most + 1, many)) yield return (new Field(separator, index), Prices.Field + price + Prices.Index(index));
            yield return (new Side(separator, Last: false, After: true), Prices.Side + price);
            yield return (new Side(separator, Last: false, After: false), Prices.Side + price + 15);
            if (most < 2) continue;
            yield return (new Side(separator, Last: true, After: false), Prices.Side + price + 10);
            yield return (new Side(separator, Last: true, After: true), Prices.Side + price + 20);
        }

        // The first number of a letter is any number; what stands before it says more.
        var inProse = isFirst && texts.Average(text => PythonText.Words(text).Count) > 8 ? Prices.AnyInProse : 0;
        foreach (var (pattern, noun, price) in Tokens)
        {
            var most = texts.Max(text => pattern.FindAll(text).Count);
            foreach (var index in Indices(most, many)) yield return (new Match(pattern, index, noun), Prices.Match + price + Prices.Index(index) + inProse);
        }

        foreach (var (pattern, noun, price) in Anchored)
        {
            if (texts.Any(pattern.IsIn)) yield return (new Match(pattern, 0, noun), Prices.Anchored + price);
        }

        foreach (var (pattern, price) in Removals)
        {
            if (texts.Any(pattern.IsIn)) yield return (new Substitute(pattern, ""), Prices.Substitute + price);
        }

        foreach (var (step, price) in Replacements(texts, goal)) yield return (step, price);
        if (!isFirst) yield break;
        foreach (var (step, price) in Joins(texts, goal)) yield return (step, price);
        foreach (var (step, price) in Affixes(column, goal)) yield return (step, price);
    }

    /// <summary>Cuts at fixed positions: the last resort, useful on short tokens.</summary>
    public static IEnumerable<(TextStep Step, int Price)> Cuts(Column column, Goal goal, bool isSource)
    {
        var texts = column.Values.OfType<string>().ToList();
        var longest = Math.Min(texts.Max(text => text.Length), 24);
        // A squeezed text begins and ends as the stripped one does.
        if (longest < 2 || column.Node is Stepped { Step: Squeeze }) yield break;
        var spaces = texts.Any(text => text.Length > 0 && (PythonText.IsSpace(text[0]) || PythonText.IsSpace(text[^1])));
        if (spaces) yield return (Method.Strip, Prices.Strip);
        // Positions in a text of several parts depend on the parts' lengths; in one token they are a code's.
        var isWhole = isSource && texts.Any(text => text.Any(c => !char.IsLetterOrDigit(c)));
        var isRagged = isWhole && texts.Any(text => text.Length != texts[0].Length);
        yield return (new Slice(null, 1), isWhole ? Prices.Initial + 210 : isSource ? Prices.Initial + 90 : Prices.Initial);
        for (var length = 1; length < longest; length++)
        {
            var price = Prices.Slice + (length * 6) + (isWhole ? Prices.FixedPosition : 0);
            if (length > 1) yield return (new Slice(null, length), price + Across(null, length));
            yield return (new Slice(-length, null), price + 10 + Across(-length, null));
            yield return (new Slice(length, null), price + 20);
            yield return (new Slice(null, -length), price + 20);
        }

        if (!isSource && longest > 12) yield break;
        for (var start = 1; start < longest; start++)
        {
            for (var end = start + 1; end <= longest; end++)
                yield return (new Slice(start, end), Prices.Slice + 80 + ((end + start) * 4) + (isWhole ? Prices.FixedPosition : 0) + Across(start, end));
        }

        // A count of characters that runs over the end of a word, in texts of different lengths, is an accident.
        int Across(int? start, int? end) =>
            isRagged && texts.Exists(text => PythonText.Slice(text, start, end).Any(c => !char.IsLetterOrDigit(c))) ? Prices.AcrossWords : 0;
    }

    static IEnumerable<int> Indices(int count, int many)
    {
        var limit = Math.Min(count, many);
        for (var index = 0; index < limit; index++)
        {
            yield return index;
            yield return -index - 1;
        }
    }

    static int SeparatorPrice(string separator) =>
        separator.Length switch
        {
            1 => 0,
            2 when separator.Any(PythonText.IsSpace) => 10,
            _ => 20 + (10 * separator.Length),
        }
        + (separator.Any(char.IsLetterOrDigit) ? 80 : 0);

    /// <summary>Punctuation that half of the texts hold, and what all of them hold word for word.</summary>
    static List<string> Separators(IReadOnlyList<string> texts, bool isFirst)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < text.Length;)
            {
                if (char.IsLetterOrDigit(text[i]) || char.IsSurrogate(text[i])) { i++; continue; }
                var start = i;
                while (i < text.Length && !char.IsLetterOrDigit(text[i]) && !char.IsSurrogate(text[i]))
                {
                    seen.Add(text[i].ToString());
                    i++;
                }

                if (i - start is > 1 and < 6) seen.Add(text[start..i]);
            }

            foreach (var separator in seen) counts[separator] = counts.GetValueOrDefault(separator) + 1;
        }

        var separators = counts.Where(entry => entry.Value * 2 >= texts.Count)
            .OrderBy(entry => entry.Key.Length).ThenByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key).Take(isFirst ? 24 : 8).ToList();
        if (isFirst && texts.Count > 1) separators.AddRange(CommonPhrases(texts));
        return separators;
    }

    /// <summary>Runs of words with what stands around them that all texts share, the longest ones of each place.</summary>
    public static IEnumerable<string> CommonPhrases(IReadOnlyList<string> texts)
    {
        var shortest = texts.OrderBy(text => text.Length).ThenBy(text => text, StringComparer.Ordinal).First();
        if (shortest.Length > 400) yield break;
        var starts = new List<int>();
        for (var i = 0; i <= shortest.Length; i++)
        {
            if (i == 0 || i == shortest.Length || Kind(shortest[i]) != Kind(shortest[i - 1]) || Kind(shortest[i]) == 3) starts.Add(i);
        }

        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var a = 0; a < starts.Count && found.Count < 24; a++)
        {
            for (var b = Math.Min(starts.Count - 1, a + 7); b > a; b--)
            {
                var phrase = shortest[starts[a]..starts[b]];
                if (phrase.Length is < 2 or > 30 || !phrase.Any(char.IsLetterOrDigit)
                    || texts.Any(text => !text.Contains(phrase, StringComparison.Ordinal))) continue;
                if (found.Add(phrase)) yield return phrase;
            }
        }
    }

    public static int Kind(char c) => char.IsLetter(c) ? 0 : char.IsDigit(c) ? 1 : PythonText.IsSpace(c) ? 2 : 3;

    /// <summary>Punctuation of the input that the outputs lack or have another in place of.</summary>
    static IEnumerable<(TextStep, int)> Replacements(IReadOnlyList<string> texts, Goal goal)
    {
        var inputs = texts.SelectMany(text => text).Where(c => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c)).Distinct().OrderBy(c => c).Take(12).ToList();
        if (inputs.Count == 0) yield break;
        var outputs = goal.Wanted.OfType<string>().SelectMany(text => text).Where(c => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c)).Distinct()
            .OrderBy(c => c).Take(8).ToList();
        foreach (var old in inputs)
        {
            yield return (new Replace(old.ToString(), ""), Prices.Replace + 10);
            foreach (var with in outputs)
            {
                if (with != old) yield return (new Replace(old.ToString(), with.ToString()), Prices.Replace + 30);
            }
        }

        foreach (var with in outputs)
        {
            yield return (new Substitute(new Pattern(@"[\W_]+"), with.ToString()), Prices.Substitute + 50);
            yield return (new Substitute(new Pattern(@"\s+"), with.ToString()), Prices.Substitute + 45);
        }
    }

    static IEnumerable<(TextStep, int)> Joins(IReadOnlyList<string> texts, Goal goal)
    {
        var glues = goal.Wanted.OfType<string>().SelectMany(text => text).Where(c => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c)).Distinct()
            .OrderBy(c => c).Take(5)
            .Select(c => c.ToString()).Append("").Append(", ").Append(" ").Distinct(StringComparer.Ordinal).ToList();
        var separators = new List<string?> { null };
        separators.AddRange(Separators(texts, isFirst: false).Where(separator => separator != " ").Take(4));
        foreach (var separator in separators)
        {
            if (separator is null ? texts.All(text => PythonText.Words(text).Count < 2)
                : texts.All(text => TextCondition.Occurrences(text, separator) == 0)) continue;
            foreach (var glue in glues)
            {
                foreach (var use in JoinParts.Uses.Keys)
                {
                    // The first letters of what stands between points or slashes are hardly ever meant.
                    var odd = separator is not null && use is not ("part" or "part.strip()") ? 150 : 0;
                    yield return (new JoinParts(separator, glue, use, Reverse: false), Prices.JoinParts + use.Length + odd);
                    if (use is "part" or "part.strip()") yield return (new JoinParts(separator, glue, use, Reverse: true), Prices.JoinParts + 30 + use.Length);
                }
            }
        }
    }

    /// <summary>What stands before or after the output in some input, as an affix that may be missing in others.</summary>
    static IEnumerable<(TextStep, int)> Affixes(Column column, Goal goal)
    {
        var affixes = new HashSet<(string, bool)>();
        for (var i = 0; i < goal.Count; i++)
        {
            if (column.Values[i] is not { } text || goal.Wanted[i] is not { Length: > 0 } wanted || text.Length == wanted.Length) continue;
            if (text.EndsWith(wanted, StringComparison.Ordinal)) affixes.Add((text[..^wanted.Length], true));
            if (text.StartsWith(wanted, StringComparison.Ordinal)) affixes.Add((text[wanted.Length..], false));
        }

        foreach (var (affix, isPrefix) in affixes.OrderBy(affix => affix).Take(8))
        {
            if (column.Values.OfType<string>().Count(text => isPrefix ? text.StartsWith(affix, StringComparison.Ordinal)
                : text.EndsWith(affix, StringComparison.Ordinal)) > 1 || affix.Length < 3)
                yield return (new WithoutAffix(affix, isPrefix), Prices.Affix + (affix.Length * 10) + (affix.Count(char.IsLetterOrDigit) * 15));
        }
    }
}
