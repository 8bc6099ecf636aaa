using System.Text.Json;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Charts;
using AutoDev.OperatorConsole.Fitness;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Charts;

public sealed class ChartTests
{
    [Fact]
    public void The_ring_gives_each_part_its_share_and_says_its_figures()
    {
        using var page = new BunitContext();
        var ring = page.Render<ReadinessRing>(p => p.Add(r => r.Score, 55m).Add(r => r.Parts, [("Episodes", 20d, 40d), ("Interventions", 30, 30),
            ("Constitutional score", 5, 30)]));
        Assert.Equal("Readiness 55 of 100: Episodes 20 of 40, Interventions 30 of 30, Constitutional score 5 of 30",
            ring.Find("svg").GetAttribute("aria-label"));
        Assert.Equal(["0", "-40", "-70"], ring.FindAll(".track").Select(t => t.GetAttribute("stroke-dashoffset")!));
        Assert.Equal("19.25 100", ring.Find(".part-0").GetAttribute("stroke-dasharray"));
    }

    [Fact]
    public void A_trend_marks_versions_and_drops_and_a_single_day_is_one_too()
    {
        using var page = new BunitContext();
        var trend = JsonSerializer.Deserialize<TrendShown>(Played.Trend, ServiceCall.Json)!;
        var chart = page.Render<Trend>(p => p.Add(t => t.Shown, trend));
        Assert.Equal(2, chart.FindAll(".one").Count);
        Assert.Single(chart.FindAll(".drop"));
        Assert.Contains("0.80 on the first day, 0.55 on the last; 1 drops", chart.Find("svg").GetAttribute("aria-label"), StringComparison.Ordinal);

        var day = page.Render<Trend>(p => p.Add(t => t.Shown, trend with { Points = [trend.Points[0]] }));
        Assert.DoesNotContain("NaN", day.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("skill:sum@1.0.0", "sum 1.0.0", "/skills/sum?version=1.0.0")]
    [InlineData("mutation:11111111-1111-1111-1111-111111111111", "mutation 11111111…", "/mutations/11111111-1111-1111-1111-111111111111")]
    [InlineData("candidate:22222222-1111-1111-1111-111111111111", "candidate 22222222…", "/review/22222222-1111-1111-1111-111111111111")]
    [InlineData("nonsense", "nonsense", null)]
    public void A_score_leads_to_what_it_is_about(string subject, string words, string? page) =>
        Assert.Equal((words, page), (FitnessWords.Subject(subject), FitnessWords.Page(subject)));
}
