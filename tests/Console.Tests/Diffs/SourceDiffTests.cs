using AutoDev.OperatorConsole.Diffs;
using Bunit;
using CsCheck;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Diffs;

public sealed class SourceDiffTests
{
    static readonly string[] Lines = ["a", "b", "c", "    x = 1", ""];
    static readonly Gen<string> Sources = Gen.Int[0, Lines.Length - 1].Select(i => Lines[i]).List[0, 12].Select(lines => string.Join('\n', lines));

    [Fact]
    public void Both_sources_can_be_read_back_from_each_way_of_showing_their_difference() => Gen.Select(Sources, Sources).Sample((before, after) =>
    {
        var rows = SourceDiff.Rows(before, after)!;
        var inline = SourceDiff.Inline(rows);
        Assert.Equal(Whole(before), rows.Where(r => r.Left is not null).Select(r => r.Left!.Text));
        Assert.Equal(Whole(after), rows.Where(r => r.Right is not null).Select(r => r.Right!.Text));
        Assert.Equal(Whole(before), inline.Where(l => l.From is not null).Select(l => l.Text));
        Assert.Equal(Whole(after), inline.Where(l => l.To is not null).Select(l => l.Text));
        Assert.Equal(inline.Count(l => l.Change != LineChange.Same), SourceDiff.OnlyChanges(inline).Sum(p => p.Count(l => l.Change != LineChange.Same)));
    });

    [Fact]
    public void Only_changes_leaves_out_what_is_far_from_any()
    {
        var before = string.Join('\n', Enumerable.Range(1, 30).Select(i => $"line {i}"));
        var parts = SourceDiff.OnlyChanges(SourceDiff.Inline(SourceDiff.Rows(before, before.Replace("line 5\n", "five\n").Replace("line 25\n",
            "twenty-five\n"))!));
        Assert.Equal([2, 22], parts.Select(p => p[0].From!.Value));
        Assert.All(parts, part => Assert.Equal(8, part.Count));
    }

    [Fact]
    public void A_source_of_ten_thousand_lines_is_not_compared() => Assert.Null(SourceDiff.Rows(new('\n', 10_000), "x"));

    [Fact]
    public void The_view_shows_only_changes_first_and_the_whole_side_by_side_when_asked()
    {
        using var page = new BunitContext();
        var before = string.Join('\n', Enumerable.Range(1, 20).Select(i => $"line {i}"));
        var view = page.Render<SourceDiffView>(p => p.Add(v => v.From, before).Add(v => v.To, before.Replace("line 10", "ten <script>")).Add(v => v.Label,
            "What changes"));
        Assert.Equal(8, view.FindAll("td.text").Count);
        Assert.Equal("+ ten <script>", view.Find("td.added").TextContent);
        Assert.Contains("1 added, 1 removed", view.Markup, StringComparison.Ordinal);

        view.FindAll("button").Single(b => b.TextContent == "Side by side").Click();
        Assert.Equal(40, view.FindAll("td.text").Count);
        Assert.Equal("true", view.FindAll("button").Single(b => b.TextContent == "Side by side").GetAttribute("aria-pressed"));
    }

    [Fact]
    public void Equal_sources_are_said_to_be_equal()
    {
        using var page = new BunitContext();
        Assert.Contains("the same, line by line", page.Render<SourceDiffView>(p => p.Add(v => v.From, "x\n").Add(v => v.To, "x")).Markup,
            StringComparison.Ordinal);
    }

    static string[] Whole(string source) => source.TrimEnd('\n') is { Length: > 0 } text ? text.Split('\n') : [];
}
