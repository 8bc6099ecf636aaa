using System.Globalization;
using System.Text;
using AutoDev.ServiceDefaults.Http;
using DiffPlex;
using DiffPlex.Model;
using Marten;

namespace AutoDev.Memento.Catalog;

/// <summary>What differs between the sources of two versions of a skill.</summary>
public static class DiffVersions
{
    const int Context = 3;

    // The time grows with the lines times the changes.
    const int MostLines = 3000;

    /// <summary>GET: any two versions, <c>from</c> and <c>to</c>, in either order.</summary>
    internal static async Task<IResult> Handle(string name, string? from, string? to, IQuerySession session, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(from)) return Problem.Invalid("from", "from is required: a version of the skill.");
        if (string.IsNullOrWhiteSpace(to)) return Problem.Invalid("to", "to is required: a version of the skill.");
        var (left, right) = (await LoadAsync(from), await LoadAsync(to));
        if (left is null || right is null) return Problem.NotFound($"There is no version {(left is null ? from : to)} of a skill {name} in this workspace.");
        return AreComparable(left.Source, right.Source)
            ? TypedResults.Ok(Of(left, right))
            : Problem.Of(StatusCodes.Status422UnprocessableEntity, "too-large", "Too large to compare", $"Sources of more than {MostLines} lines are not compared.");

        Task<SkillVersion?> LoadAsync(string version) => session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version), cancellation);
    }

    /// <summary>Whether neither source has too many lines.</summary>
    internal static bool AreComparable(string one, string other) => Math.Max(one.Count('\n'), other.Count('\n')) <= MostLines;

    /// <summary>Pure: the whole answer.</summary>
    internal static DiffView Of(SkillVersion from, SkillVersion to)
    {
        var diff = Differ.Instance.CreateLineDiffs(Lines(from.Source), Lines(to.Source), ignoreWhitespace: false);
        var hunks = Hunks(diff);
        return new(
            from.SkillName, from.Version, to.Version, CountOf(LineKind.Added), CountOf(LineKind.Removed),
            Unified(hunks, $"{from.SkillName}.py@{from.Version}", $"{to.SkillName}.py@{to.Version}"), hunks);

        int CountOf(string kind) => hunks.Sum(h => h.Lines.Count(l => l.Kind == kind));
    }

    // A last line without its end is the same line.
    static string Lines(string source) => source.ReplaceLineEndings("\n").TrimEnd('\n');

    static List<DiffHunk> Hunks(DiffResult diff)
    {
        var hunks = new List<DiffHunk>();
        foreach (var near in Near(diff.DiffBlocks))
        {
            var (first, last) = (near[0], near[^1]);
            var lines = new List<HunkLine>();
            var (old, @new) = (Math.Max(0, first.DeleteStartA - Context), Math.Max(0, first.InsertStartB - Context));
            var (fromLine, toLine) = (old + 1, @new + 1);
            foreach (var block in near)
            {
                while (old < block.DeleteStartA) lines.Add(new(LineKind.Same, old + 1, @new + 1, diff.PiecesOld[Skip(ref old, ref @new)]));
                for (; old < block.DeleteStartA + block.DeleteCountA; old++) lines.Add(new(LineKind.Removed, old + 1, null, diff.PiecesOld[old]));
                for (; @new < block.InsertStartB + block.InsertCountB; @new++) lines.Add(new(LineKind.Added, null, @new + 1, diff.PiecesNew[@new]));
            }

            var end = Math.Min(diff.PiecesOld.Count, last.DeleteStartA + last.DeleteCountA + Context);
            while (old < end) lines.Add(new(LineKind.Same, old + 1, @new + 1, diff.PiecesOld[Skip(ref old, ref @new)]));
            hunks.Add(new(fromLine, lines.Count(l => l.From is not null), toLine, lines.Count(l => l.To is not null), lines));
        }

        return hunks;
    }

    static int Skip(ref int old, ref int @new)
    {
        @new++;
        return old++;
    }

    /// <summary>Changes whose context would meet are one hunk.</summary>
    static IEnumerable<List<DiffBlock>> Near(IList<DiffBlock> blocks)
    {
        var near = new List<DiffBlock>();
        foreach (var block in blocks)
        {
            if (near.Count > 0 && block.DeleteStartA - (near[^1].DeleteStartA + near[^1].DeleteCountA) > 2 * Context)
            {
                yield return near;
                near = [];
            }

            near.Add(block);
        }

        if (near.Count > 0) yield return near;
    }

    static string Unified(List<DiffHunk> hunks, string from, string to)
    {
        if (hunks.Count == 0) return "";
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"--- {from}\n+++ {to}\n");
        foreach (var hunk in hunks)
        {
            text.Append(CultureInfo.InvariantCulture, $"@@ -{hunk.FromLine},{hunk.FromCount} +{hunk.ToLine},{hunk.ToCount} @@\n");
            foreach (var line in hunk.Lines) text.Append(line.Kind switch { LineKind.Added => '+', LineKind.Removed => '-', _ =>
                ' ' }).Append(line.Text).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>What became of a line.</summary>
public static class LineKind
{
    /// <summary>It is in both.</summary>
    public const string Same = "same";

    /// <summary>It is in the later one only.</summary>
    public const string Added = "added";

    /// <summary>It is in the earlier one only.</summary>
    public const string Removed = "removed";
}

/// <summary>A difference.</summary>
/// <param name="SkillName">The skill.</param>
/// <param name="From">The version that is compared.</param>
/// <param name="To">The version that it is compared with.</param>
/// <param name="Added">Lines that are only in the second.</param>
/// <param name="Removed">Lines that are only in the first.</param>
/// <param name="Unified">As <c>diff -u</c> writes it; empty where both are the same.</param>
/// <param name="Hunks">The same, for those who draw it themselves.</param>
public sealed record DiffView(string SkillName, string From, string To, int Added, int Removed, string Unified, IReadOnlyList<DiffHunk> Hunks);

/// <summary>Changes that are near to one another, with three lines around them.</summary>
public sealed record DiffHunk(int FromLine, int FromCount, int ToLine, int ToCount, IReadOnlyList<HunkLine> Lines);

/// <summary>A line with its numbers in both, counted from 1. A kind is <c>same</c>, <c>added</c> or <c>removed</c>.</summary>
public sealed record HunkLine(string Kind, int? From, int? To, string Text);
