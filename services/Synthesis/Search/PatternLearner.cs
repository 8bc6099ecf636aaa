using System.Globalization;
using System.Text;
using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>
/// Learns regular expressions for an answer inside a longer text: from the answer's own shape, and from what stands before and after it in every example.
/// A keyword is recognised whatever its case, whatever follows its first letters, and whatever separates it from the answer
/// ("INV-1", "inv_1", "Invoice no. 1").
/// </summary>
static class PatternLearner
{
    static readonly HashSet<string> Pairs = ["()", "[]", "{}", "<>", "\"\"", "''"];

    const int MostOccurrences = 4;
    const int KeywordReach = 3;

    // Words that stand between a keyword and its number without saying anything.
    const string NumberWords = "no|nr|num|number|id|ref";

    public static IEnumerable<Column> Learn(Goal goal, IReadOnlyList<Column> sources, Deadline deadline)
    {
        foreach (var target in Targets(goal))
        {
            foreach (var source in sources)
            {
                deadline.Check();
                foreach (var (match, cost) in For(source, target))
                {
                    var values = source.Values.Select(value => value is null ? null : match.Apply(value)).ToArray();
                    if (values.Any(value => value is not null)) yield return new Column(new Stepped(source.Node, match), values, source.Cost + cost);
                }
            }
        }
    }

    /// <summary>Parts of the outputs that may have been copied: all of it, it without its constant ends, each of its runs of letters or digits.</summary>
    static List<string?[]> Targets(Goal goal)
    {
        var wanted = goal.Wanted.ToArray();
        var some = wanted.OfType<string>().Where(text => text.Length > 0).ToList();
        var targets = new List<string?[]>();
        if (some.Count == 0) return targets;
        Add(wanted);
        if (some.Count > 1)
        {
            var prefix = CommonEnd(some, fromLeft: true);
            var suffix = CommonEnd(some, fromLeft: false);
            // A digit or letter that all answers happen to start with belongs to the answer.
            while (prefix > 0 && char.IsLetterOrDigit(some[0][prefix - 1])
                && some.Any(text => text.Length > prefix && Steps.Kind(text[prefix]) == Steps.Kind(text[prefix - 1]))) prefix--;
            while (suffix > 0 && char.IsLetterOrDigit(some[0][^suffix])
                && some.Any(text => text.Length > suffix && Steps.Kind(text[^(suffix + 1)]) == Steps.Kind(text[^suffix]))) suffix--;
            if (prefix + suffix > 0
                && some.All(text => text.Length > prefix + suffix)) Add(wanted.Select(text => string.IsNullOrEmpty(text) ? text : text[prefix..^suffix])
                    .ToArray());
        }

        var runs = wanted.Select(text => text is null ? null : Runs(text)).ToArray();
        var counts = runs.OfType<List<string>>().Select(list => list.Count).Distinct().ToList();
        if (counts is [> 1 and < 7])
        {
            for (var i = 0; i < counts[0]; i++) Add(runs.Select(list => list?[i]).ToArray());
        }

        return targets;

        void Add(string?[] target)
        {
            if (!targets.Any(known => known.SequenceEqual(target))) targets.Add(target);
        }
    }

    static List<string> Runs(string text)
    {
        var runs = new List<string>();
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsLetterOrDigit(text[i])) continue;
            var start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i])) i++;
            runs.Add(text[start..i]);
        }

        return runs;
    }

    static int CommonEnd(List<string> texts, bool fromLeft)
    {
        var length = 0;
        var shortest = texts.Min(text => text.Length);
        while (length < shortest
            && texts.All(text => (fromLeft ? text[length] : text[^(length + 1)]) == (fromLeft ? texts[0][length] : texts[0][^(length + 1)]))) length++;
        return length;
    }

    sealed record Occurrence(string Before, string Answer, string After);

    static IEnumerable<(Match Match, int Cost)> For(Column source, string?[] target)
    {
        var rows = new List<List<Occurrence>>();
        var answers = new List<string>();
        for (var i = 0; i < target.Length; i++)
        {
            if (target[i] is not { Length: > 0 } answer || source.Values[i] is not { } text || text == answer) continue;
            var occurrences = Occurrences(text, answer);
            if (occurrences.Count == 0) continue;
            rows.Add(occurrences);
            answers.Add(answer);
        }

        var wanted = target.Count(answer => !string.IsNullOrEmpty(answer));
        if (rows.Count == 0 || rows.Count * 2 < wanted) yield break;
        var free = source.Values.OfType<string>().Average(text => PythonText.Words(text).Count) > 8;
        var shapes = Shapes(answers);
        foreach (var (keyword, distance) in Keywords(rows).Take(4))
        {
            // In running text the word before the answer says more than the answer's place.
            var price = (free ? 130 : 330) + (30 * distance) - (4 * Math.Min(keyword.Length, 8));
            foreach (var (shape, shapePrice) in shapes)
            {
                foreach (var (gap, gapPrice) in Gaps(rows, keyword, shape))
                {
                    var pattern = new Pattern($@"{(char.IsLetter(keyword[0]) ? @"(?<![A-Za-z])" : "")}{Pattern.Escape(keyword)}{gap}({shape})",
                        IgnoreCase: true);
                    yield return (new Match(pattern, 0, "answer"), Prices.Match + price + shapePrice + gapPrice);
                }
            }
        }

        foreach (var (shape, shapePrice) in shapes)
        {
            var price = Prices.Match + shapePrice + (free ? 160 : 20);
            if (!IsPlain(shape))
            {
                yield return (new Match(new Pattern(shape), 0, "answer"), price);
                yield return (new Match(new Pattern(shape), -1, "answer"), price + 30);
            }

            foreach (var (left, right) in Contexts(rows))
            {
                if (left.Length + right.Length == 0) continue;
                var pattern = $"{Pattern.Escape(left)}({shape}){Pattern.Escape(right)}";
                // Between a pair of brackets or quotes stands what was meant.
                var isEnclosed = left.Length == 1 && right.Length == 1 && Pairs.Contains(left + right);
                var cost = isEnclosed ? Prices.Match + 50 : price + 40 + (10 * Math.Min(left.Length, 6)) + (10 * right.Length) + (left.Length > 0 ? 0 : 40);
                yield return (new Match(new Pattern(pattern), 0, "answer"), cost);
                yield return (new Match(new Pattern(pattern), -1, "answer"), cost + 30);
            }
        }
    }

    static List<Occurrence> Occurrences(string text, string answer)
    {
        var found = new List<Occurrence>();
        for (var at = text.IndexOf(answer, StringComparison.Ordinal); at >= 0
            && found.Count < MostOccurrences; at = text.IndexOf(answer, at + 1, StringComparison.Ordinal))
        {
            // An answer of digits is a whole number, not a piece of one.
            var end = at + answer.Length;
            var isCut = (at > 0 && char.IsLetterOrDigit(text[at - 1]) && Steps.Kind(text[at - 1]) == Steps.Kind(text[at]))
                || (end < text.Length && char.IsLetterOrDigit(text[end]) && Steps.Kind(text[end]) == Steps.Kind(text[end - 1]));
            if (!isCut) found.Add(new Occurrence(text[..at], answer, text[end..]));
        }

        return found;
    }

    /// <summary>Patterns for the answers' own form, from the general to the narrow.</summary>
    static List<(string Pattern, int Price)> Shapes(List<string> answers)
    {
        var shapes = new List<(string, int)>();
        int least = answers.Min(answer => answer.Length), most = answers.Max(answer => answer.Length);
        if (answers.All(answer => answer.All(char.IsAsciiDigit)))
        {
            // One digit fewer than seen is believable, far fewer are some other number.
            if (least >= 4) shapes.Add(($@"\d{{{Text(least - 1)},}}", 0));
            shapes.Add((@"\d+", least >= 4 ? 30 : 0));
            shapes.Add((least == most ? $@"\d{{{Text(least)}}}" : $@"\d{{{Text(least)},{Text(most)}}}", 60));
            return shapes;
        }

        if (answers.All(answer => answer.All(char.IsLetter))) shapes.Add((Pattern.Letter + "+", 20));
        if (answers.All(answer => answer.All(c => c is >= 'A' and <= 'Z'))) shapes.Add(("[A-Z]+", 20));
        if (answers.All(answer => answer.All(char.IsLetterOrDigit))) shapes.Add((Pattern.LetterOrDigit + "+", 30));
        if (answers.All(answer => !answer.Any(PythonText.IsSpace))) shapes.Add((@"\S+", 60));
        // "_name", "#tag": a sign and a word, whatever the word is made of.
        if (answers.All(answer => answer.Length > 1 && answer[0] == answers[0][0] && !char.IsLetterOrDigit(answer[0]) && answer.Skip(1).All(char.IsLetterOrDigit)))
            shapes.Add((Pattern.Escape(answers[0][..1]) + Pattern.LetterOrDigit + "+", 30));
        foreach (var exact in new[] { false, true })
        {
            if (Common(answers, exact) is { } common) shapes.Add((common, (exact ? 90 : 40) + (15 * Math.Max(0, Split(answers[0]).Count - 3))));
        }

        return shapes;
    }

    static bool IsPlain(string shape) => shape is @"\S+" or @"\d+" or Pattern.Letter + "+" or Pattern.LetterOrDigit + "+" or "[A-Z]+";

    /// <summary>Runs of digits and letters with the same punctuation between them, if the answers share that; null otherwise.</summary>
    static string? Common(List<string> answers, bool exact)
    {
        var split = answers.Select(Split).ToList();
        if (split.Any(parts => parts.Count != split[0].Count) || split[0].Count is < 2 or > 16) return null;
        var pattern = new StringBuilder();
        for (var i = 0; i < split[0].Count; i++)
        {
            var at = i;
            var parts = split.Select(list => list[at]).ToList();
            var kinds = parts.Select(part => Steps.Kind(part[0])).Distinct().ToList();
            if (kinds.Count > 1) return null;
            if (kinds[0] == 3)
            {
                if (parts.Distinct().Count() > 1) return null;
                pattern.Append(Pattern.Escape(parts[0]));
                continue;
            }

            int least = parts.Min(part => part.Length), most = parts.Max(part => part.Length);
            var isConstant = parts.Count > 2 && parts.Distinct(StringComparer.Ordinal).Count() == 1;
            if (exact && isConstant && kinds[0] != 2) { pattern.Append(Pattern.Escape(parts[0])); continue; }
            var kind = kinds[0] switch
            {
                1 => @"\d",
                2 => @"\s",
                _ when parts.All(part => part.All(char.IsAsciiLetterUpper)) => "[A-Z]",
                _ when parts.All(part => part.All(char.IsAsciiLetterLower)) => "[a-z]",
                _ => Pattern.Letter,
            };
            pattern.Append(kind).Append(!exact
                || kinds[0] == 2 ? "+" : least == most ? (least == 1 ? "" : $"{{{Text(least)}}}") : $"{{{Text(least)},{Text(most)}}}");
        }

        return pattern.ToString();
    }

    static List<string> Split(string text)
    {
        var parts = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var kind = Steps.Kind(text[i]);
            do i++; while (i < text.Length && Steps.Kind(text[i]) == kind && kind != 3);
            parts.Add(text[start..i]);
        }

        return parts;
    }

    /// <summary>Beginnings of words that stand shortly before the answer in every example; the nearest and longest first.</summary>
    static List<(string Keyword, int Distance)> Keywords(IReadOnlyList<List<Occurrence>> rows)
    {
        Dictionary<string, int>? common = null;
        foreach (var row in rows)
        {
            var here = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var occurrence in row)
            {
                var words = WordsBefore(occurrence.Before);
                for (var distance = 0; distance < words.Count; distance++)
                {
                    var word = words[distance].ToLowerInvariant();
                    for (var length = Math.Min(2, word.Length); length <= word.Length; length++)
                    {
                        var key = word[..length];
                        if (length < 3 && length < word.Length) continue;
                        here[key] = Math.Min(distance, here.GetValueOrDefault(key, int.MaxValue));
                    }
                }
            }

            if (common is null) common = here;
            else
            {
                common = common.Where(entry => here.ContainsKey(entry.Key))
                    .ToDictionary(entry => entry.Key, entry => entry.Value + here[entry.Key], StringComparer.Ordinal);
            }
        }

        var found = common!.ToList();
        // Of a word's beginnings the longest one that is common.
        return found.Where(entry => entry.Key.Length > 1 && entry.Key.All(char.IsAsciiLetter) && !found.Exists(other => other.Key.Length > entry.Key.Length
                && other.Key.StartsWith(entry.Key, StringComparison.Ordinal) && other.Value <= entry.Value))
            .OrderBy(entry => entry.Value).ThenByDescending(entry => entry.Key.Length).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => (entry.Key, (entry.Value + rows.Count - 1) / rows.Count)).ToList();
    }

    /// <summary>The last words of a text on its last line or two, the last one first.</summary>
    static List<string> WordsBefore(string text)
    {
        var words = new List<string>();
        var i = text.Length;
        while (i > 0 && words.Count < KeywordReach && text.Length - i < 30)
        {
            while (i > 0 && !char.IsLetter(text[i - 1])) i--;
            var end = i;
            while (i > 0 && char.IsLetter(text[i - 1])) i--;
            if (end > i) words.Add(text[i..end]);
        }

        return words;
    }

    /// <summary>What may stand between the keyword's letters and the answer.</summary>
    static IEnumerable<(string Gap, int Price)> Gaps(IReadOnlyList<List<Occurrence>> rows, string keyword, string shape)
    {
        var words = new SortedSet<string>(StringComparer.Ordinal);
        var remainders = new SortedSet<string>(StringComparer.Ordinal);
        var separators = 0;
        foreach (var row in rows)
        {
            // The occurrence with the nearest keyword speaks for its example.
            var best = row.Select(occurrence => Gap(occurrence.Before, keyword)).OfType<(string Remainder, List<string> Words, int Separators)>()
                .OrderBy(gap => gap.Words.Count).FirstOrDefault();
            if (best.Words is null) yield break;
            remainders.Add(best.Remainder);
            words.UnionWith(best.Words);
            separators = Math.Max(separators, best.Separators);
        }

        var between = new SortedSet<string>(words, StringComparer.Ordinal);
        var isNumber = shape.StartsWith(@"\d", StringComparison.Ordinal);
        if (isNumber) between.UnionWith(NumberWords.Split('|'));
        var width = Text(Math.Max(3, separators));
        var optional = between.Count == 0 ? ""
            : $"(?:(?:{string.Join('|', between.OrderByDescending(word => word.Length).ThenBy(word => word, StringComparer.Ordinal))})"
                + $"[\\W_]{{0,{width}}}){{0,2}}";
        yield return ($@"[a-z]*[\W_]{{0,{width}}}{optional}", 0);
        var exactRemainder = remainders.SequenceEqual([""]) ? ""
            : $"(?:{string.Join('|', remainders.OrderByDescending(text => text.Length).Select(Pattern.Escape))})";
        yield return ($@"{exactRemainder}[\W_]{{0,{width}}}{optional}", 15);
        if (separators > 0) yield return ($@"{exactRemainder}[\W_]{{1,{width}}}{optional}", 25);
        yield return ($@"{exactRemainder}[^\w\n]{{0,{width}}}{optional}", 35);
    }

    static (string Remainder, List<string> Words, int Separators)? Gap(string before, string keyword)
    {
        for (var at = before.Length - keyword.Length; at >= 0; at--)
        {
            if (at > 0 && char.IsLetter(before[at - 1])) continue;
            if (string.Compare(before, at, keyword, 0, keyword.Length, StringComparison.OrdinalIgnoreCase) != 0) continue;
            var i = at + keyword.Length;
            while (i < before.Length && char.IsAsciiLetter(before[i])) i++;
            var remainder = before[(at + keyword.Length)..i].ToLowerInvariant();
            var words = new List<string>();
            var separators = 0;
            while (i < before.Length)
            {
                var start = i;
                while (i < before.Length && !char.IsLetterOrDigit(before[i])) i++;
                separators = Math.Max(separators, i - start);
                start = i;
                while (i < before.Length && char.IsAsciiLetter(before[i])) i++;
                if (i > start) words.Add(before[start..i].ToLowerInvariant());
                else if (i < before.Length) return null;
            }

            return (remainder, words, separators);
        }

        return null;
    }

    /// <summary>Texts that stand directly before and after the answer in every example, longest first.</summary>
    static IEnumerable<(string Left, string Right)> Contexts(IReadOnlyList<List<Occurrence>> rows)
    {
        var lefts = Shared(rows, occurrence => occurrence.Before, fromRight: true);
        var rights = Shared(rows, occurrence => occurrence.After, fromRight: false);
        foreach (var left in lefts.Append(""))
        {
            foreach (var right in rights.Append("")) yield return (left, right);
        }
    }

    static List<string> Shared(IReadOnlyList<List<Occurrence>> rows, Func<Occurrence, string> side, bool fromRight)
    {
        HashSet<string>? shared = null;
        foreach (var row in rows)
        {
            var here = new HashSet<string>(StringComparer.Ordinal);
            foreach (var occurrence in row)
            {
                var text = side(occurrence);
                for (var length = 1; length <= Math.Min(12, text.Length); length++) here.Add(fromRight ? text[^length..] : text[..length]);
            }

            if (shared is null) shared = here;
            else shared.IntersectWith(here);
        }

        // Whole tokens only: half a word is an accident.
        return shared!.Where(text => !text.Any(char.IsSurrogate)).OrderByDescending(text => text.Length).ThenBy(text => text, StringComparer.Ordinal)
            .Where(text => rows.Count > 1 || text.Length <= 2).Take(4)
            .Concat(shared!.Where(text => text.Length == 1 && !char.IsSurrogate(text[0])))
            .Distinct(StringComparer.Ordinal).ToList();
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
