using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Charts;
using AutoDev.OperatorConsole.Skills;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Skills;

public sealed class SkillUsageTests
{
    static readonly DateOnly First = new(2026, 3, 1);
    static readonly UsageFiguresShown Some = new(120, 6, 2, 5000, 0.25, 1.5, Said.Noon);

    [Fact]
    public void Days_without_a_call_are_days_too() => Assert.Equal(
        [0, 120, 0], CallsByDay.Every(First, First.AddDays(2), [new DayUsageShown(First.AddDays(1), Some)]).Select(d => d.Calls));

    [Fact]
    public void Usage_is_shown_in_figures_with_units_and_as_a_chart_that_speaks()
    {
        using var page = new BunitContext();
        var usage = page.Render<SkillUsage>(p => p
            .Add(u => u.Usage, new(First, Some, [new("1.0.0", Some)], [new("ada", Some)], [new(First, Some)])).Add(u => u.Today, First.AddDays(1)));
        Assert.Contains("250 ms", usage.Markup, StringComparison.Ordinal);
        Assert.Contains("1.5 s", usage.Markup, StringComparison.Ordinal);
        Assert.Equal("Calls by day from 2026-03-01 to 2026-03-02: 120 in all, 6 failed.", usage.Find("svg").GetAttribute("aria-label"));
    }

    [Fact]
    public void A_skill_that_nobody_used_says_so()
    {
        using var page = new BunitContext();
        var none = new UsageFiguresShown(0, 0, 0, 0, 0, 0, null);
        Assert.Contains("Nobody has used it", page.Render<SkillUsage>(p => p.Add(u => u.Usage, new(First, none, [], [], [])).Add(u => u.Today, First)).Markup,
            StringComparison.Ordinal);
    }
}
