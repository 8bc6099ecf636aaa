using AutoDev.OperatorConsole.Backends;

namespace AutoDev.OperatorConsole.Skills;

/// <summary>Where a version stands in the graph: rows count from the top, the newest is there; a lane is a line of descent, counted from the left.</summary>
public sealed record LineagePoint(LineageNodeShown Node, int Row, int Lane, LineagePoint? Parent);

/// <summary>Lays a skill's versions out as a graph. Pure.</summary>
static class LineageLayout
{
    /// <summary>Newest first. A version's first child stays in its lane, each other one opens a lane of its own.</summary>
    public static IReadOnlyList<LineagePoint> Of(IReadOnlyList<LineageNodeShown> oldestFirst)
    {
        var points = new Dictionary<string, LineagePoint>(StringComparer.Ordinal);
        var continued = new HashSet<string>(StringComparer.Ordinal);
        var lanes = 0;
        foreach (var (node, place) in oldestFirst.Select((n, i) => (n, i)))
        {
            var parent = node.ParentVersion is { } version ? points.GetValueOrDefault(version) : null;
            var lane = parent is not null && continued.Add(parent.Node.Version) ? parent.Lane : lanes++;
            points[node.Version] = new(node, oldestFirst.Count - 1 - place, lane, parent);
        }

        return [.. points.Values.OrderBy(p => p.Row)];
    }
}
