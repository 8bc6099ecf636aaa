using AutoDev.Memento.Catalog;
using Xunit;

namespace AutoDev.Memento.Tests.Catalog;

public sealed class DiffVersionsTests
{
    [Fact]
    public void A_changed_line_is_told_with_three_lines_around_it_as_diff_does()
    {
        var diff = Diff("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\n");
        Assert.Equal("--- f.py@1.0.0\n+++ f.py@1.1.0\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n", diff.Unified);
        Assert.Equal((1, 1), (diff.Added, diff.Removed));
        Assert.Equal([new("removed", 5, null, "e"), new("added", null, 5, "E")], Assert.Single(diff.Hunks).Lines.Where(l => l.Kind != "same"));
    }

    [Fact]
    public void Changes_far_apart_are_hunks_of_their_own_and_near_ones_are_one()
    {
        var lines = Enumerable.Range(1, 40).Select(i => $"line {i}").ToArray();
        string[] changed = [.. lines];
        (changed[4], changed[9], changed[30]) = ("five", "ten", "thirty-one");
        var diff = Diff(string.Join('\n', lines), string.Join('\n', changed));
        Assert.Equal([(2, 12, 2, 12), (28, 7, 28, 7)], diff.Hunks.Select(h => (h.FromLine, h.FromCount, h.ToLine, h.ToCount)));
    }

    [Fact]
    public void Lines_that_were_put_in_or_taken_out_move_the_numbers_of_the_rest()
    {
        var diff = Diff("a\nb\nc\n", "new\na\nc\n");
        Assert.Equal([new("added", null, 1, "new"), new("same", 1, 2, "a"), new("removed", 2, null, "b"), new("same", 3, 3, "c")],
            Assert.Single(diff.Hunks).Lines);
        var back = Diff("new\na\nc\n", "a\nb\nc\n");
        Assert.Equal((diff.Added, diff.Removed), (back.Removed, back.Added));
    }

    [Theory]
    [InlineData("a\nb\n", "a\nb\n")]
    [InlineData("a\nb\n", "a\r\nb")]
    public void The_same_code_has_no_difference(string from, string to)
    {
        var diff = Diff(from, to);
        Assert.Equal(("", 0, 0), (diff.Unified, diff.Added, diff.Removed));
        Assert.Empty(diff.Hunks);
    }

    static DiffView Diff(string from, string to) => DiffVersions.Of(Version("1.0.0", from), Version("1.1.0", to));

    static SkillVersion Version(string version, string source) => new()
    {
        SkillName = "f", Version = version, FunctionName = "f", Parameters = [], Description = "", Source = source, CandidateId = Guid.Empty, AgentId = "a",
        PublishedBy = "olga",
        PublishedAt = DateTimeOffset.UnixEpoch,
    };
}
