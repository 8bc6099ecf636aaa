using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Skills;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Skills;

public sealed class LineageTests
{
    static readonly LineageNodeShown[] Nodes = [Node("1.0.0", null), Node("1.1.0", "1.0.0"), Node("1.2.0", "1.1.0"), Node("1.3.0", "1.1.0", isCurrent: true),
        Node("1.4.0", "1.3.0")];

    [Fact]
    public void The_first_child_stays_in_its_parents_lane_and_another_opens_its_own() => Assert.Equal(
        [("1.4.0", 0, 1), ("1.3.0", 1, 1), ("1.2.0", 2, 0), ("1.1.0", 3, 0), ("1.0.0", 4, 0)],
        LineageLayout.Of(Nodes).Select(p => (p.Node.Version, p.Row, p.Lane)));

    [Fact]
    public void A_parent_that_is_not_there_makes_a_version_the_first_of_its_line() =>
        Assert.Null(LineageLayout.Of([Node("2.0.0", "1.9.9")]).Single().Parent);

    [Fact]
    public void The_graph_links_every_version_and_tells_its_descent_in_words()
    {
        using var page = new BunitContext();
        var graph = page.Render<LineageGraph>(p => p.Add(g => g.Lineage, new("sum", "1.3.0", Nodes)).Add(g => g.Link, version => $"/v/{version}").Add(g =>
            g.Selected, "1.1.0"));
        Assert.Equal(["/v/1.4.0", "/v/1.3.0", "/v/1.2.0", "/v/1.1.0", "/v/1.0.0"], graph.FindAll("a").Select(a => a.GetAttribute("href")!));
        Assert.Equal("1.3.0 · current, made from 1.1.0", graph.FindAll("a")[1].GetAttribute("aria-label"));
        Assert.Equal(4, graph.FindAll("path").Count);
    }

    static LineageNodeShown Node(string version, string? parent, bool isCurrent = false) =>
        new(version, parent, Guid.Empty, "ann", Said.Noon, isCurrent, [], []);
}
