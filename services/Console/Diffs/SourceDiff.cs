using DiffPlex;

namespace AutoDev.OperatorConsole.Diffs;

/// <summary>What became of a line.</summary>
public enum LineChange
{
    Same,
    Added,
    Removed,
}

/// <summary>A line of one of two sources, counted from 1.</summary>
public sealed record DiffSide(int Line, string Text);

/// <summary>A line of the one source beside its fellow in the other; <c>null</c> where a side has none.</summary>
public sealed record DiffRow(DiffSide? Left, DiffSide? Right, bool IsChange);

/// <summary>A line of both sources put into one, with its numbers in each.</summary>
public sealed record DiffLine(LineChange Change, int? From, int? To, string Text);

/// <summary>What a source changes of another, in the three ways in which a page shows it. Pure.</summary>
static class SourceDiff
{
    const int Around = 3;

    // The time grows with the lines times the changes.
    const int MostLines = 3000;

    /// <summary>Side by side; <c>null</c> where there are too many lines to compare.</summary>
    public static IReadOnlyList<DiffRow>? Rows(string before, string after)
    {
        if (Math.Max(before.Count('\n'), after.Count('\n')) > MostLines) return null;
        var diff = Differ.Instance.CreateLineDiffs(Lines(before), Lines(after), ignoreWhitespace: false);
        var rows = new List<DiffRow>();
        var (left, right) = (0, 0);
        foreach (var block in diff.DiffBlocks)
        {
            while (left < block.DeleteStartA) rows.Add(Row(isChange: false, left++, right++));
            for (var i = 0; i < Math.Max(block.DeleteCountA, block.InsertCountB); i++)
                rows.Add(Row(isChange: true, i < block.DeleteCountA ? left++ : null, i < block.InsertCountB ? right++ : null));
        }

        while (left < diff.PiecesOld.Count) rows.Add(Row(isChange: false, left++, right++));
        return rows;

        DiffRow Row(bool isChange, int? old, int? @new) => new(
            old is { } o ? new(o + 1, diff.PiecesOld[o]) : null, @new is { } n ? new(n + 1, diff.PiecesNew[n]) : null, isChange);
    }

    /// <summary>One below the other: of each change first what goes, then what comes.</summary>
    public static IReadOnlyList<DiffLine> Inline(IReadOnlyList<DiffRow> rows)
    {
        var lines = new List<DiffLine>();
        for (var i = 0; i < rows.Count;)
        {
            if (!rows[i].IsChange)
            {
                lines.Add(new(LineChange.Same, rows[i].Left!.Line, rows[i].Right!.Line, rows[i].Right!.Text));
                i++;
                continue;
            }

            var change = rows.Skip(i).TakeWhile(r => r.IsChange).ToList();
            lines.AddRange(change.Where(r => r.Left is not null).Select(r => new DiffLine(LineChange.Removed, r.Left!.Line, null, r.Left.Text)));
            lines.AddRange(change.Where(r => r.Right is not null).Select(r => new DiffLine(LineChange.Added, null, r.Right!.Line, r.Right.Text)));
            i += change.Count;
        }

        return lines;
    }

    /// <summary>Only what changes, with three lines around it: parts with what lies between them left out.</summary>
    public static IReadOnlyList<IReadOnlyList<DiffLine>> OnlyChanges(IReadOnlyList<DiffLine> lines)
    {
        var parts = new List<List<DiffLine>>();
        var last = int.MinValue;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!Enumerable.Range(i - Around, (2 * Around) + 1).Any(near => near >= 0 && near < lines.Count && lines[near].Change != LineChange.Same)) continue;
            if (i != last + 1) parts.Add([]);
            parts[^1].Add(lines[i]);
            last = i;
        }

        return parts;
    }

    // A last line without its end is the same line.
    static string Lines(string source) => source.ReplaceLineEndings("\n").TrimEnd('\n');
}
