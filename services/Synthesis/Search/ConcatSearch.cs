using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>A program for some of the examples, with its cost.</summary>
sealed record Solution(TextNode Node, int Cost);

/// <summary>
/// Finds the cheapest concatenations of columns and constants that give the wanted text on every example at once: a shortest path whose states are the
/// positions
/// reached in all outputs together. Examples that want no answer are met when some part has none there.
/// </summary>
static class ConcatSearch
{
    const int MostSteps = 12_000;

    sealed record State(int[] Positions, ulong Silent, int Cost, State? From, Column? Column, string? Constant);

    public static List<Solution> Solve(IReadOnlyList<Column> columns, Goal goal, IReadOnlyList<int> rows, IReadOnlyList<int> silentRows, int count,
        Deadline deadline, bool allowConstant = false)
    {
        var wanted = rows.Select(row => goal.Wanted[row]!).ToArray();
        var allSilent = silentRows.Count == 0 ? 0UL : ulong.MaxValue >> (64 - silentRows.Count);
        var usable = new Dictionary<string, List<(Column Column, string[] Values, ulong Silent)>>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in columns.OrderBy(column => column.Cost))
        {
            if (Values(column, rows, wanted) is not { } values) continue;
            var silent = 0UL;
            for (var i = 0; i < silentRows.Count; i++)
            {
                if (column.Values[silentRows[i]] is null) silent |= 1UL << i;
            }

            if (!seen.Add(string.Join('\u0001', values) + '\u0002' + silent)) continue;
            if (!usable.TryGetValue(values[0], out var list)) usable[values[0]] = list = [];
            list.Add((column, values, silent));
        }

        var solutions = new List<Solution>();
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
                if (state.Silent != allSilent || (!allowConstant && !HasColumn(state))) continue;
                var node = Node(state);
                if (solved.Add(node.Key)) solutions.Add(new Solution(node, state.Cost));
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
        State state, string[] wanted, Dictionary<string, List<(Column Column, string[] Values, ulong Silent)>> usable, Goal goal, IReadOnlyList<int> rows)
    {
        var first = wanted[0];
        var from = state.Positions[0];
        for (var length = 0; length <= first.Length - from; length++)
        {
            if (!usable.TryGetValue(first.Substring(from, length), out var list)) continue;
            foreach (var (column, values, silent) in list)
            {
                var positions = new int[values.Length];
                var fits = true;
                for (var i = 0; fits && i < values.Length; i++)
                {
                    fits = string.CompareOrdinal(wanted[i], state.Positions[i], values[i], 0, values[i].Length) == 0;
                    positions[i] = state.Positions[i] + values[i].Length;
                }

                if (!fits || positions.AsSpan().SequenceEqual(state.Positions)) continue;
                yield return new State(positions, state.Silent | silent,
                    state.Cost + column.Cost + Prices.Piece + CutPrice(state.Positions, positions, wanted), state, column, null);
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
    static int CopiedPrice(string text, Dictionary<string, List<(Column Column, string[] Values, ulong Silent)>> usable)
    {
        var price = 0;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var kind = Steps.Kind(text[i]);
            do i++; while (i < text.Length && Steps.Kind(text[i]) == kind);
            if (kind > 1 || !usable.TryGetValue(text[start..i], out var list)) continue;
            if (list.Exists(entry => entry.Column.Cost <= 400 && entry.Values.All(value => value == entry.Values[0])
                && entry.Column.Node is not Stepped { Step: Slice { Start: not null } or Slice { End: not 1 } })) price += Prices.Copied;
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
            if (at.Column is not null) return true;
        }

        return false;
    }

    static TextNode Node(State state)
    {
        var parts = new List<TextNode>();
        for (var at = state; at?.From is not null; at = at.From) parts.Add(at.Column?.Node ?? new Constant(at.Constant!));
        parts.Reverse();
        return parts.Count == 1 ? parts[0] : parts.Count == 0 ? new Constant("") : new Concatenation(parts);
    }
}
