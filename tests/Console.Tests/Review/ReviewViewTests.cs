using System.Text.Json;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Review;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Review;

/// <summary>What a reviewer reads of a candidate: its code and its results, both written by somebody whom nobody trusts.</summary>
public sealed class ReviewViewTests : IDisposable
{
    readonly BunitContext _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public void A_finding_stands_below_its_line_and_code_is_text_whatever_it_contains()
    {
        const string source = "def f(a):\n    return '<script>alert(1)</script>'\n";
        var code = _page.Render<CodeView>(p => p.Add(c => c.Source, source).Add(c => c.Findings, new Dictionary<int, string> { [2] = "Builds HTML" }));
        Assert.Equal(source.TrimEnd('\n'), string.Join('\n', code.FindAll("td.text").Select(t => t.TextContent)).TrimEnd('\n'));
        Assert.Equal("Line 2: Builds HTML", code.Find("tr.flagged + tr.finding").TextContent);
        Assert.Single(code.FindAll("tr.flagged"));
        Assert.Empty(code.FindAll("script"));
    }

    [Fact]
    public void Results_tell_right_and_wrong_in_words_too_and_count_only_what_was_judged()
    {
        var table = _page.Render<ResultsTable>(p => p.Add(t => t.Title, "Unseen").Add(t => t.Results, [Result(1, true), Result(2, false), Result(3, null) with { Ended = "exception", ExceptionType = "ValueError", Message = "<b>no</b>" }]));
        Assert.Equal("1 of 2 right", table.Find(".count").TextContent);
        Assert.Equal(["right", "wrong", "not judged"], table.FindAll("td .visually-hidden").Select(v => v.TextContent));
        Assert.Equal("ValueError: <b>no</b>", table.Find(".ended").TextContent);

        var hostile = _page.Render<ResultsTable>(p => p.Add(t => t.Title, "Hostile").Add(t => t.IsOpen, false).Add(t => t.Results, [Result(1, null), Result(2, null) with { Ended = "timeout" }]));
        Assert.Equal("1 of 2 returned", hostile.Find(".count").TextContent);
        Assert.False(hostile.Find("details").HasAttribute("open"));
    }

    static ResultShown Result(int input, bool? isCorrect) =>
        new("held_out", null, null, JsonSerializer.SerializeToElement(input), JsonSerializer.SerializeToElement(1), JsonSerializer.SerializeToElement(input), "ok", isCorrect, null, null, null, 0.1);
}
