using AutoDev.Memento.Catalog;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace AutoDev.Memento.Candidates;

/// <summary>A line of two sources put into one.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>same</c>.</param>
/// <param name="Line">Its number in the new source, in the old one where it was removed.</param>
/// <param name="Text">The line.</param>
public sealed record DiffLine(string Change, int Line, string Text);

/// <summary>What a new source changes of an old one.</summary>
static class SourceDiff
{
    /// <summary>Pure: line by line, in order; <c>null</c> where there are too many.</summary>
    public static IReadOnlyList<DiffLine>? Of(string before, string after)
    {
        if (!DiffVersions.AreComparable(before, after)) return null;
        var (old, now, lines) = (0, 0, new List<DiffLine>());
        foreach (var piece in InlineDiffBuilder.Diff(before, after, ignoreWhiteSpace: false).Lines)
        {
            lines.Add(piece.Type switch
            {
                ChangeType.Deleted => new(LineKind.Removed, ++old, piece.Text),
                ChangeType.Inserted => new(LineKind.Added, ++now, piece.Text),
                _ => Same(piece.Text),
            });
        }

        return lines;

        DiffLine Same(string text)
        {
            old++;
            return new(LineKind.Same, ++now, text);
        }
    }
}
