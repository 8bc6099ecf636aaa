using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>A program for some of the examples, with its cost.</summary>
sealed record Solution(TextNode Node, int Cost);

/// <summary>
/// Finds the cheapest concatenations of columns and constants that give the wanted text on every example at once: a shortest path whose states are the
/// positions reached in all outputs together. Examples that want no answer are met when some part has none there.
/// </summary>
static class ConcatSearch
{
    const int MostSteps = 12_000;

    /// <summary>Columns that give the same texts on the examples, the cheapest first.</summary>
    sealed record Part(List<Column> Columns, string[] Values, ulong Silent);

    sealed record State(int[] Positions, ulong Silent, int Cost, State? From, Part? Part, string? Constant);

    /// <summary>The cheapest ways to put the outputs together, each with the cheapest column for each part.</summary>
    public static List<Solution> Solve(IReadOnlyList<Column> columns, Goal goal, IReadOnlyList<int> rows, IReadOnlyList<int> silentRows, int count,
        Deadline deadline) =>
        Paths(columns, goal, rows, silentRows, count, deadline).ConvertAll(path => new Solution(Node(path, null, null), path.Cost));

    /// <summary>As <see cref="Solve"/>, and each of them with one part replaced by a rival that gives the same on the examples; the cheapest first.</summary>
    public static List<Solution> Rivals(IReadOnlyList<Column> columns, Goal goal, IReadOnlyList<int> rows, IReadOnlyList<int> silentRows, int count, int reach,
        Deadline deadline)
    {
        var paths = Paths(columns, goal, rows, silentRows, count, deadline);
        var found = new List<Solution>();
        foreach (var path in paths.Where(path => path.Cost <= paths[0].Cost + reach))
        {
            found.Add(new Solution(Node(path, null, null), path.Cost));
            for (var at = path; at?.From is not null; at = at.From)
            {
                if (at.Part is not { } part) continue;
                foreach (var rival in part.Columns.Skip(1))
                {
                    var cost = path.Cost + rival.Cost - part.Columns[0].Cost;
                    if (cost <= paths[0].Cost + reach) found.Add(new Solution(Node(path, at, rival), cost));
                }
            }
        }

        return [.. found.OrderBy(solution => solution.Cost).DistinctBy(solution => solution.Node.Key, StringComparer.Ordinal)];
    }

    static List<State> Paths(IReadOnlyList<Column> columns, Goal goal, IReadOnlyList<int> rows, IReadOnlyList<int> silentRows, int count, Deadline deadline)
    {
        var wanted = rows.Select(row => goal.Wanted[row]!).ToArray();
        var allSilent = silentRows.Count == 0 ? 0UL : ulong.MaxValue >> (64 - silentRows.Count);
        var usable = Parts(columns, rows, silentRows, wanted);
        var solutions = new List<State>();
        var solved = new HashSet<string>(StringComparer.Ordinal);
        var queue = new PriorityQueue<State, (int, long)>();
        var visits = new Dictionary<string, int>(StringComparer.Ordinal);
        long order = 0;
        queue.Enqueue(new State(new int[rows.Count], 0, 0, null, null, null), (0, order++));
        for (var steps = 0; steps < MostSteps && queue.TryDequeue(out var state, out _); steps++)
        {
            if ((steps & 255) == 0) deadline.Check();
            if (IsEnd(state, wanted))
            {
                if (state.Silent != allSilent || !HasColumn(state)) continue;
                if (solved.Add(Node(state, null, null).Key)) solutions.Add(state);
                if (solutions.Count >= count) break;
                continue;
            }

            var key = string.Join(',', state.Positions) + ';' + state.Silent + (state.Constant is null ? "" : "c");
            var visit = visits.GetValueOrDefault(key);
            if (visit >= Math.Max(1, count)) continue;
            visits[key] = visit + 1;
            foreach (var next in Next(state, wanted, usable, goal, rows)) queue.Enqueue(next, (next.Cost, order++));
        }

        return solutions;
    }

    /// <summary>What can be part of the outputs, by its text in the first of them.</summary>
    static Dictionary<string, List<Part>> Parts(IReadOnlyList<Column> columns, IReadOnlyList<int> rows, IReadOnlyList<int> silentRows, string[] wanted)
    {
        var usable = new Dictionary<string, List<Part>>(StringComparer.Ordinal);
        var known = new Dictionary<string, Part>(StringComparer.Ordinal);
        foreach (var column in columns.OrderBy(column => column.Cost))
        {
            if (Values(column, rows, wanted) is not { } values) continue;
            var silent = 0UL;
            for (var i = 0; i < silentRows.Count; i++)
            {
                if (column.Values[silentRows[i]] is null) silent |= 1UL << i;
            }

            var key = string.Join('\u0001', values) + '\u0002' + silent;
            if (known.TryGetValue(key, out var part))
            {
                part.Columns.Add(column);
                continue;
            }

            if (!usable.TryGetValue(values[0], out var list)) usable[values[0]] = list = [];
            list.Add(known[key] = new Part([column], values, silent));
        }

        return usable;
    }

    static string[]? Values(Column column, IReadOnlyList<int> rows, string[] wanted)
    {
        var values = new string[rows.Count];
        var any = false;
        for (var i = 0; i < rows.Count; i++)
        {
            if (column.Values[rows[i]] is not { } value || value.Length > wanted[i].Length || !wanted[i].Contains(value, StringComparison.Ordinal)) return null;
            any |= value.Length > 0;
            values[i] = value;
        }

        return any || wanted.All(text => text.Length == 0) ? values : null;
    }

    static IEnumerable<State> Next(
        State state, string[] wanted, Dictionary<string, List<Part>> usable, Goal goal, IReadOnlyList<int> rows)
    {
        var first = wanted[0];
        var from = state.Positions[0];
        for (var length = 0; length <= first.Length - from; length++)
        {
            if (!usable.TryGetValue(first.Substring(from, length), out var list)) continue;
            foreach (var part in list)
            {
                var values = part.Values;
                var positions = new int[values.Length];
                var fits = true;
                for (var i = 0; fits && i < values.Length; i++)
                {
                    fits = string.CompareOrdinal(wanted[i], state.Positions[i], values[i], 0, values[i].Length) == 0;
                    positions[i] = state.Positions[i] + values[i].Length;
                }

                if (!fits || positions.AsSpan().SequenceEqual(state.Positions)) continue;
                yield return new State(positions, state.Silent | part.Silent,
                    state.Cost + part.Columns[0].Cost + Prices.Piece + CutPrice(state.Positions, positions, wanted), state, part, null);
            }
        }

        if (state.Constant is not null) yield break;
        var common = CommonLength(state.Positions, wanted);
        for (var length = 1; length <= common; length++)
        {
            if (length < common && length > 3 && Steps.Kind(first[from + length]) == Steps.Kind(first[from + length - 1])) continue;
            if (char.IsHighSurrogate(first[from + length - 1])) continue;
            var text = first.Substring(from, length);
            var isInput = text.Length > 1
                && rows.All(row => goal.Rows[row].Arguments.Values
                    .Any(value => value.Kind == JsonKind.Text && value.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));
            var positions = state.Positions.Select(position => position + length).ToArray();
            var price = Prices.Constant(text, rows.Count, isInput) + CutPrice(state.Positions, positions, wanted) + (rows.Count > 1
                ? CopiedPrice(text, usable) : 0);
            yield return new State(positions, state.Silent, state.Cost + price, state, null, text);
        }
    }

    /// <summary>A constant that some simple program gives as well may be data that happens to be the same in all examples.</summary>
    static int CopiedPrice(string text, Dictionary<string, List<Part>> usable)
    {
        var price = 0;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var kind = Steps.Kind(text[i]);
            do i++; while (i < text.Length && Steps.Kind(text[i]) == kind);
            if (kind > 1 || !usable.TryGetValue(text[start..i], out var list)) continue;
            if (list.Exists(part => part.Columns[0].Cost <= 400 && part.Values.All(value => value == part.Values[0])
                && part.Columns[0].Node is not Stepped { Step: Slice { Start: not null } or Slice { End: not 1 } })) price += Prices.Copied;
        }

        return price;
    }

    static int CommonLength(int[] positions, string[] wanted)
    {
        for (var length = 0; ; length++)
        {
            for (var i = 0; i < wanted.Length; i++)
            {
                if (positions[i] + length >= wanted[i].Length || wanted[i][positions[i] + length] != wanted[0][positions[0] + length]) return length;
            }
        }
    }

    /// <summary>A part that ends within a word or number of the output is less believable than one that ends with it.</summary>
    static int CutPrice(int[] before, int[] after, string[] wanted)
    {
        var cuts = 0;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (after[i] > before[i] && after[i] < wanted[i].Length && after[i] > 0 && char.IsLetterOrDigit(wanted[i][after[i]])
                && Steps.Kind(wanted[i][after[i]]) == Steps.Kind(wanted[i][after[i] - 1])
)
            {
                // A capital may begin something new.
                cuts += char.IsUpper(wanted[i][after[i]]) || char.IsDigit(wanted[i][after[i]]) == false && char.IsUpper(wanted[i][after[i] - 1]) ? 1 : 2;
            }
        }

        return Prices.Cut * cuts / (2 * wanted.Length);
    }

    static bool IsEnd(State state, string[] wanted)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if (state.Positions[i] != wanted[i].Length) return false;
        }

        return state.From is not null || wanted.All(text => text.Length == 0);
    }

    static bool HasColumn(State state)
    {
        for (var at = state; at is not null; at = at.From)
        {
            if (at.Part is not null) return true;
        }

        return false;
    }

    /// <summary>The path's program, with a rival in place of one part.</summary>
    static TextNode Node(State path, State? replaced, Column? rival)
    {
        var parts = new List<TextNode>();
        for (var at = path; at?.From is not null; at = at.From)
            parts.Add(at == replaced ? rival!.Node : at.Part?.Columns[0].Node ?? new Constant(at.Constant!));
        parts.Reverse();
        return parts.Count == 1 ? parts[0] : parts.Count == 0 ? new Constant("") : new Concatenation(parts);
    }
}
