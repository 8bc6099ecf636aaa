using AutoDev.Contracts.Governance;
using Xunit;

namespace AutoDev.Gating.Tests;

public sealed class GateTests
{
    static readonly WorkspaceSettings Enabled = new() { Enabled = true };

    [Theory]
    [InlineData("memento_skills", Maturity.Student, false)]
    [InlineData("memento_skills", Maturity.Intern, true)]
    [InlineData("memento_skills", Maturity.Supervised, true)]
    [InlineData("memento_skills", Maturity.Autonomous, true)]
    [InlineData("alpha_evolver", Maturity.Student, false)]
    [InlineData("alpha_evolver", Maturity.Intern, false)]
    [InlineData("alpha_evolver", Maturity.Supervised, true)]
    [InlineData("alpha_evolver", Maturity.Autonomous, true)]
    [InlineData("background_evolution", Maturity.Student, false)]
    [InlineData("background_evolution", Maturity.Intern, false)]
    [InlineData("background_evolution", Maturity.Supervised, false)]
    [InlineData("background_evolution", Maturity.Autonomous, true)]
    public void A_capability_needs_its_maturity(string name, Maturity maturity, bool isAllowed)
    {
        var decision = Gate.Decide(Named(name), Enabled with { BackgroundEvolution = true }, maturity);
        Assert.Equal(isAllowed, decision.IsAllowed);
        if (!isAllowed) Assert.Equal("maturity_too_low", decision.Reason);
    }

    [Fact]
    public void A_new_workspace_allows_nothing()
    {
        foreach (var capability in Capability.All)
            Assert.Equal("auto_dev_disabled", Gate.Decide(capability, new WorkspaceSettings(), Maturity.Autonomous).Reason);
    }

    [Fact]
    public void What_is_unknown_is_not_allowed() => Assert.Equal("auto_dev_disabled", Gate.Decide(Capability.MementoSkills, null, Maturity.Autonomous).Reason);

    [Fact]
    public void Background_evolution_needs_its_own_word() =>
        Assert.Equal("capability_disabled", Gate.Decide(Capability.BackgroundEvolution, Enabled, Maturity.Autonomous).Reason);

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(6, false)]
    public void The_days_limit_is_the_last_word(int used, bool isAllowed)
    {
        var decision = Gate.Decide(Capability.MementoSkills, Enabled, Maturity.Intern, used);
        Assert.Equal(isAllowed, decision.IsAllowed);
        if (!isAllowed) Assert.Contains($"{used} of 5", decision.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutations_and_background_evolution_share_a_limit_and_its_count()
    {
        Assert.Equal(Capability.AlphaEvolver.DailyLimit(Enabled), Capability.BackgroundEvolution.DailyLimit(Enabled));
        Assert.Equal(DailyQuota.IdOf(Capability.AlphaEvolver, DateTimeOffset.UnixEpoch),
            DailyQuota.IdOf(Capability.BackgroundEvolution, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void What_was_used_yesterday_is_no_use_of_today_and_a_lowered_limit_leaves_nothing()
    {
        var lastMoment = new DateTimeOffset(2026, 11, 23, 23, 59, 59, TimeSpan.Zero);
        DailyQuota[] counted = [new() { Id = DailyQuota.IdOf(Capability.MementoSkills, lastMoment), Used = 7 }];

        var before = ShowUsage.Of([Capability.MementoSkills], Enabled, counted, spent: null, lastMoment);
        var after = ShowUsage.Of([Capability.MementoSkills], Enabled, counted, spent: null, lastMoment.AddSeconds(1));

        Assert.Equal(("2026-11-23", lastMoment.AddSeconds(1), new LimitView("memento_skills", 7, 5, 0)), (before.Day, before.ResetsAt, before.Limits[0]));
        Assert.Equal(("2026-11-24", lastMoment.AddSeconds(1).AddDays(1), new LimitView("memento_skills", 0, 5, 5)),
            (after.Day, after.ResetsAt, after.Limits[0]));
    }

    [Theory]
    [InlineData("2026-11-23T23:59:59.999999Z", "memento_skills/2026-11-23", "2026-11-24T00:00:00Z")]
    [InlineData("2026-11-24T00:00:00Z", "memento_skills/2026-11-24", "2026-11-25T00:00:00Z")]
    [InlineData("2026-11-24T01:00:00+02:00", "memento_skills/2026-11-23", "2026-11-24T00:00:00Z")]
    public void A_day_is_a_day_of_UTC(string now, string id, string resetsAt)
    {
        var moment = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(id, DailyQuota.IdOf(Capability.MementoSkills, moment));
        Assert.Equal(DateTimeOffset.Parse(resetsAt, System.Globalization.CultureInfo.InvariantCulture), DailyQuota.ResetsAt(moment));
    }

    static Capability Named(string name) => Capability.All.Single(c => c.Name == name);
}
