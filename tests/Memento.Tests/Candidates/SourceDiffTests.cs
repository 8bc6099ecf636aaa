using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

public sealed class SourceDiffTests
{
    [Fact]
    public void A_line_is_numbered_where_it_stands() => Assert.Equal(
        [new("same", 1, "a"), new("removed", 2, "b"), new("added", 2, "B"), new("same", 3, "c"), new("added", 4, "d")], SourceDiff.Of("a\nb\nc", "a\nB\nc\nd")!);

    [Fact]
    public void Too_many_lines_are_not_compared() => Assert.Null(SourceDiff.Of("a", new string('\n', 3001)));
}
