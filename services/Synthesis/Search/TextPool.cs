using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>
/// The small programs that a task's outputs may be put together from. Grows from the arguments outwards: a step on an argument, a step on its result,
/// then case and cuts. Of programs that give the same texts on every example only the cheapest is grown further; the next ones are kept as its rivals, which
/// may differ on other inputs. The last steps are taken only where the result is found in an output.
/// </summary>
sealed class TextPool
{
    const int MostIntermediate = 420;
    const int MostColumns = 60_000;
    const int MostRivals = 12;

    readonly Goal _goal;
    readonly Deadline _deadline;
    readonly Dictionary<string, List<Column>> _byValues = new(StringComparer.Ordinal);

    TextPool(Goal goal, Deadline deadline)
    {
        _goal = goal;
        _deadline = deadline;
    }

    public IReadOnlyList<Column> Columns { get; private set; } = [];
    public IReadOnlyList<Column> Sources { get; private set; } = [];

    public static TextPool Build(Goal goal, IReadOnlyList<(TextNode Node, int Cost)> sources, Deadline deadline)
    {
        var pool = new TextPool(goal, deadline);
        pool.Sources = sources
            .Select(source => new Column(source.Node, goal.Rows.Select(source.Node.Evaluate).ToArray(), source.Cost + Prices.Whole))
            .Where(column => column.Values.Any(value => value is not null))
            .ToList();
        foreach (var source in pool.Sources) pool.Add(source);
        pool.Grow();
        pool.Columns = [.. pool._byValues.Values.SelectMany(same => same)];
        return pool;
    }

    void Grow()
    {
        var level1 = new List<Column>(Sources);
        foreach (var source in Sources)
        {
            foreach (var (step, price) in Steps.For(source, _goal, isFirst: true))
            {
                if (Extend(source, step, price) is { } column && Add(column)) level1.Add(column);
            }
        }

        var level2 = new List<Column>();
        foreach (var column in level1.Skip(Sources.Count).OrderBy(column => column.Cost).Take(MostIntermediate))
        {
            _deadline.Check();
            foreach (var (step, price) in Steps.For(column, _goal, isFirst: false))
            {
                if (Extend(column, step, price + Prices.Nested) is { } next && IsUseful(next.Values, _goal) && Add(next)) level2.Add(next);
            }
        }

        foreach (var column in level1.Concat(level2).ToList())
        {
            _deadline.Check();
            Finish(column);
        }

        foreach (var column in PatternLearner.Learn(_goal, Sources, _deadline))
        {
            if (Add(column)) Finish(column);
        }

        foreach (var (node, cost) in AcrossArguments())
        {
            var column = new Column(node, _goal.Rows.Select(node.Evaluate).ToArray(), cost);
            if (IsUseful(column.Values, _goal) && Add(column)) Finish(column);
        }

        foreach (var column in MomentSearch.Learn(_goal, level1, _deadline)) Add(column);
        foreach (var column in NumberSearch.Learn(_goal, level1, _deadline)) Add(column);
    }

    /// <summary>Counts, and what one argument says about another: which part, how many characters.</summary>
    IEnumerable<(TextNode Node, int Cost)> AcrossArguments()
    {
        var isCount = _goal.Wanted.OfType<string>().All(wanted => wanted.Length is > 0 and < 6 && wanted.All(char.IsAsciiDigit));
        foreach (var source in Sources.Where(source => source.Node is Argument))
        {
            var signs = Signs(source);
            if (isCount)
            {
                yield return (new Counted(source.Node, Count.Characters), source.Cost + 180);
                yield return (new Counted(source.Node, Count.Words), source.Cost + 190);
                foreach (var sign in signs) yield return (new Counted(source.Node, Count.Occurrences, sign), source.Cost + 220);
                foreach (var sign in signs) yield return (new Counted(source.Node, Count.Parts, sign), source.Cost + 225);
                foreach (var part in Sources.Where(part => part != source && part.Node is Argument))
                    yield return (new CountedArgument(source.Node, part.Node), source.Cost + 150);
            }

            foreach (var number in Sources.Where(number => number != source
                && number.Values.All(text => text is { Length: > 0 and < 4 } && text.All(char.IsAsciiDigit))))
            {
                // A number that never changes says nothing.
                if (number.Values.Distinct(StringComparer.Ordinal).Count() < 2) continue;
                foreach (var fromRight in new[] { false, true })
                {
                    var price = source.Cost + (fromRight ? 180 : 150);
                    yield return (new PickedByArgument(source.Node, number.Node, null, fromRight), price);
                    foreach (var sign in signs) yield return (new PickedByArgument(source.Node, number.Node, sign, fromRight), price + 10);
                }

                foreach (var form in CutByArgument.Forms) yield return (new CutByArgument(source.Node, number.Node, form), source.Cost + 200);
            }
        }
    }

    static List<string> Signs(Column source) => [.. source.Values.OfType<string>().SelectMany(text => text)
        .Where(c => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c)).Distinct().Order().Take(8).Select(c => c.ToString())];

    void Finish(Column column)
    {
        var finished = new List<Column> { column };
        foreach (var (step, price) in Steps.Cuts(column, _goal, Sources.Contains(column)))
        {
            if (Extend(column, step, price) is { } cut && IsUseful(cut.Values, _goal) && Add(cut)) finished.Add(cut);
        }

        foreach (var uncased in finished)
        {
            foreach (var method in Steps.Cases)
            {
                if (Extend(uncased, method, Prices.Case) is { } cased && IsUseful(cased.Values, _goal)) Add(cased);
            }
        }
    }

    static Column? Extend(Column column, TextStep step, int price)
    {
        var values = new string?[column.Values.Length];
        var any = false;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column.Values[i] is { } value ? step.Apply(value) : null;
            any |= values[i] is not null;
        }

        return any ? new Column(new Stepped(column.Node, step), values, column.Cost + price) : null;
    }

    /// <summary>Whether it is the cheapest, so far, that gives these texts.</summary>
    bool Add(Column column)
    {
        var key = string.Join('\u0001', column.Values.Select(value => value ?? "\u0002"));
        if (!_byValues.TryGetValue(key, out var same))
        {
            if (_byValues.Count >= MostColumns) return false;
            _byValues[key] = [column];
            return true;
        }

        var isCheapest = column.Cost < same[0].Cost;
        if (!IsUseful(column.Values, _goal))
        {
            if (isCheapest) same[0] = column;
            return isCheapest;
        }

        var at = same.FindIndex(other => column.Cost < other.Cost);
        if (at < 0) at = same.Count;
        if (at >= MostRivals || same.Exists(other => other.Cost <= column.Cost && other.Node.Key == column.Node.Key)) return false;
        same.Insert(at, column);
        if (same.Count > MostRivals) same.RemoveAt(MostRivals);
        return isCheapest;
    }

    /// <summary>The value is found, in whatever case, in the outputs of a third of the examples at least.</summary>
    public static bool IsUseful(string?[] values, Goal goal)
    {
        int found = 0, wanted = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (goal.Wanted[i] is not { } output) continue;
            wanted++;
            if (values[i] is { Length: > 0 } value && value.Length <= output.Length && output.Contains(value, StringComparison.OrdinalIgnoreCase)) found++;
        }

        return found > 0 && found * 3 >= wanted;
    }
}
