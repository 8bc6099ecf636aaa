using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>
/// One program for all examples where there is one; otherwise, as a last resort, a condition that splits the examples in two with a program for each side.
/// </summary>
sealed class CaseSearch
{
    const int MostSplits = 60;
    const int ChoicePrice = 250;
    const int MostPaths = 12;
    const int MostRivals = 60;

    // Dearer by more than this is no rival.
    const int Reach = 500;

    readonly Goal _goal;
    readonly TextPool _pool;
    readonly Deadline _deadline;
    readonly List<(Condition Condition, ulong Mask, int Price)> _conditions;
    readonly Dictionary<(ulong, int), Solution?> _known = [];
    readonly bool _isYesOrNo;

    public CaseSearch(Goal goal, TextPool pool, Deadline deadline)
    {
        (_goal, _pool, _deadline) = (goal, pool, deadline);
        _conditions = Conditions.For(goal);
        _isYesOrNo = goal.Wanted.All(wanted => wanted?.ToLowerInvariant() is "true" or "false" or "yes" or "no");
    }

    ulong Everything => _goal.Count == 64 ? ulong.MaxValue : (1UL << _goal.Count) - 1;

    /// <summary>The program to believe first, then others that give every wanted output as well, in order of cost; none where there is none.</summary>
    public IReadOnlyList<Solution> Solve(int depth)
    {
        if (Solve(Everything, depth) is not { } best) return [];
        var rivals = best.Node is Choice ? Choices(depth) : Wholes();
        return [best, .. rivals.Where(rival => rival.Node.Key != best.Node.Key).OrderBy(rival => rival.Cost).Take(MostRivals)];
    }

    List<Solution> Wholes()
    {
        var rows = Enumerable.Range(0, _goal.Count).ToList();
        var silent = rows.Where(row => _goal.Wanted[row] is null).ToList();
        rows.RemoveAll(silent.Contains);
        return ConcatSearch.Rivals(_pool.Columns, _goal, rows, silent, MostPaths, Reach, _deadline);
    }

    /// <summary>Other conditions, those that split the examples in the same way among them.</summary>
    IEnumerable<Solution> Choices(int depth)
    {
        foreach (var (condition, holds, price) in _conditions)
        {
            if (!_known.TryGetValue((holds & Everything, depth - 1), out var yes) || !_known.TryGetValue((Everything & ~holds, depth - 1), out var no)) continue;
            if (yes is not null && no is not null) yield return new Solution(new Choice(condition, yes.Node, no.Node), ChoicePrice + price + yes.Cost + no.Cost);
        }
    }

    Solution? Solve(ulong mask, int depth)
    {
        if (_known.TryGetValue((mask, depth), out var known)) return known;
        _deadline.Check();
        return _known[(mask, depth)] = Single(mask) ?? (depth > 0 ? Split(mask, depth) : null);
    }

    Solution? Single(ulong mask)
    {
        var rows = Enumerable.Range(0, _goal.Count).Where(row => (mask >> row & 1) == 1).ToList();
        var silent = rows.Where(row => _goal.Wanted[row] is null).ToList();
        rows.RemoveAll(silent.Contains);
        if (rows.Count == 0) return new Solution(new Nothing(), 20);
        var whole = mask == Everything;
        var texts = rows.Select(row => _goal.Wanted[row]!).Distinct(StringComparer.Ordinal).ToList();
        var found = ConcatSearch.Solve(_pool.Columns, _goal, rows, silent, 3, _deadline).Find(solution =>
            !Plausibility.IsScrapwork(solution.Node, rows.Select(row => _goal.Rows[row]).ToList()));
        if (!whole && texts.Count == 1 && silent.Count == 0)
        {
            var constant = new Solution(new Constant(texts[0]), Prices.Constant(texts[0], rows.Count, isInEveryInput: false));
            if (found is null || constant.Cost < found.Cost) return constant;
        }

        return found;
    }

    /// <summary>One example alone is no case of its own, unless what sets it apart is plain: nothing there, or only digits, say.</summary>
    bool IsSupported(Condition condition, ulong side)
    {
        if (System.Numerics.BitOperations.PopCount(side) > 1) return true;
        var row = System.Numerics.BitOperations.TrailingZeroCount(side);
        if (condition is HoldsArguments || (_isYesOrNo && _goal.Count > 2)) return true;
        return condition switch
        {
            IsNull or TextCondition { Test: TextTest.IsEmpty or TextTest.IsBlank } => true,
            TextCondition { Test: TextTest.HasLength or TextTest.Equals } => false,
            TextCondition { Test: TextTest.IsDigits or TextTest.Matches or TextTest.HasWords } => _goal.Count > 3 || _goal.Wanted[row] is null,
            TextCondition { Text: var text } => _goal.Count > 3 && !text.Any(char.IsLetterOrDigit),
            _ => false,
        };
    }

    Solution? Split(ulong mask, int depth)
    {
        Solution? best = null;
        var seen = new HashSet<ulong>();
        var tried = 0;
        foreach (var (condition, holds, price) in _conditions)
        {
            ulong then = mask & holds, otherwise = mask & ~holds;
            if (then == 0 || otherwise == 0 || !seen.Add(then)) continue;
            if (best is not null && best.Cost <= price + ChoicePrice) continue;
            if (++tried > MostSplits) break;
            if (!IsSupported(condition, then) || !IsSupported(condition, otherwise)) continue;
            if (Solve(then, depth - 1) is not { } yes || Solve(otherwise, depth - 1) is not { } no) continue;
            var cost = ChoicePrice + price + yes.Cost + no.Cost;
            if (best is null || cost < best.Cost) best = new Solution(new Choice(condition, yes.Node, no.Node), cost);
        }

        return best;
    }
}

/// <summary>Conditions that tell some of the examples from others, the simplest few of each split.</summary>
static class Conditions
{
    const int MostAlike = 5;

    public static List<(Condition Condition, ulong Mask, int Price)> For(Goal goal)
    {
        var found = new List<(Condition Condition, ulong Mask, int Price)>();
        var names = goal.Rows.SelectMany(row => row.Arguments.Keys).Distinct(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            foreach (var (condition, price) in About(name, goal.Rows.Select(row => row[name]).ToList()).Concat(Between(name, names)))
            {
                ulong mask = 0;
                var isAsked = true;
                for (var row = 0; row < goal.Count; row++)
                {
                    if (condition.Holds(goal.Rows[row]) is not { } holds) { isAsked = false; break; }
                    if (holds) mask |= 1UL << row;
                }

                if (!isAsked || mask == 0 || System.Numerics.BitOperations.PopCount(mask) == goal.Count) continue;
                found.Add((condition, mask, price));
            }
        }

        return found.GroupBy(entry => entry.Mask)
            .SelectMany(group => group.OrderBy(entry => entry.Price).ThenBy(entry => entry.Condition.Key, StringComparer.Ordinal).Take(MostAlike))
            .OrderBy(entry => entry.Price).ThenBy(entry => entry.Condition.Key, StringComparer.Ordinal).ToList();
    }

    static IEnumerable<(Condition, int)> Between(string name, List<string> names)
    {
        var others = names.Where(other => other != name).ToList();
        foreach (var other in others) yield return (new HoldsArguments(name, [other], All: true), 40);
        if (others.Count < 2) yield break;
        yield return (new HoldsArguments(name, others, All: true), 45);
        yield return (new HoldsArguments(name, others, All: false), 46);
    }

    static IEnumerable<(Condition, int)> About(string name, IReadOnlyList<Json?> values)
    {
        if (values.Any(value => value is null || value.Kind == JsonKind.Null)) yield return (new IsNull(name), 10);
        var texts = values.OfType<Json>().Where(value => value.Kind == JsonKind.Text).Select(value => value.Text).ToList();
        if (texts.Count == 0) yield break;
        if (texts.Contains("")) yield return (new TextCondition(name, TextTest.IsEmpty), 10);
        if (texts.Any(text => PythonText.Strip(text).Length == 0)) yield return (new TextCondition(name, TextTest.IsBlank), 12);
        yield return (new TextCondition(name, TextTest.IsDigits), 70);
        foreach (var (pattern, price) in new[] { (@"\d", 60), ("[A-Z]", 80), ("[a-z]", 80), (@"^\d", 80), (@"\d\Z", 90), ("^[A-Z]", 90), ("^[a-z]", 90),
            (@"\s", 70), ("^" + Pattern.Letter, 90) })
            yield return (new TextCondition(name, TextTest.Matches, pattern), price);
        foreach (var literal in Literals(texts))
        {
            var price = 60 + (8 * literal.Length) + (literal.Any(char.IsLetterOrDigit) ? 30 : 0);
            yield return (new TextCondition(name, TextTest.Contains, literal), price);
            yield return (new TextCondition(name, TextTest.StartsWith, literal), price + 20);
            yield return (new TextCondition(name, TextTest.EndsWith, literal), price + 25);
            yield return (new TextCondition(name, TextTest.Contains, literal, Negated: true), price + 30);
            for (var count = 2; count <= 4; count++) yield return (new TextCondition(name, TextTest.HasParts, literal, count), price + 40 + (10 * count));
        }

        for (var count = 2; count <= 6; count++) yield return (new TextCondition(name, TextTest.HasWords, Count: count), 70 + (10 * count));
        foreach (var length in texts.Select(text => text.Length).Distinct().Order().Skip(1)
            .Take(12)) yield return (new TextCondition(name, TextTest.HasLength, Count: length), 150);
        foreach (var text in texts.GroupBy(text => text, StringComparer.Ordinal).Where(group => group.Key.Length is > 0 and < 40)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(8))
            yield return (new TextCondition(name, TextTest.Equals, text.Key), 120 + (6 * text.Key.Length) - (20 * Math.Min(text.Count(), 3)));
    }

    /// <summary>Punctuation and words of the texts, the more common first.</summary>
    static IEnumerable<string> Literals(List<string> texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var here = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < text.Length && here.Count < 60;)
            {
                var start = i;
                var kind = Steps.Kind(text[i]);
                do i++; while (i < text.Length && Steps.Kind(text[i]) == kind && kind < 3);
                if (!char.IsSurrogate(text[start])) here.Add(text[start..i]);
            }

            foreach (var literal in here) counts[literal] = counts.GetValueOrDefault(literal) + 1;
        }

        return counts.Where(entry => entry.Value < texts.Count || texts.Count == 1).Where(entry => entry.Key.Length <= 20)
            .OrderBy(entry => entry.Key.Any(char.IsLetterOrDigit)).ThenByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(40).Select(entry => entry.Key);
    }
}
