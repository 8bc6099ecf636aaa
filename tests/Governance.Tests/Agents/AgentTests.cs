using AutoDev.Contracts.Governance;
using AutoDev.Governance.Agents;

namespace AutoDev.Governance.Tests.Agents;

public sealed class AgentTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_agent_graduates_one_level_an_episode_however_much_it_has_shown()
    {
        var agent = Student() with { Evidence = new() { Episodes = 60, Scored = 60, ScoreTotal = 60 } };

        var levels = new List<Maturity>();
        for (var i = 0; i < 4; i++) levels.Add((agent = agent.After(0, null, Now)).Maturity);

        Assert.Equal([Maturity.Intern, Maturity.Supervised, Maturity.Autonomous, Maturity.Autonomous], levels);
        Assert.Equal(4, agent.Version);
        Assert.Equal(64, agent.Evidence.Episodes);
        Assert.Equal(Agent.Graduation, agent.ChangedBy);
    }

    [Fact]
    public void The_tenth_clean_episode_makes_an_intern()
    {
        var agent = Enumerable.Range(0, 9).Aggregate(Student(), (a, _) => a.After(0, 0.9, Now));
        Assert.Equal((Maturity.Student, 1), (agent.Maturity, agent.Version));

        agent = agent.After(0, 0.9, Now);

        Assert.Equal((Maturity.Intern, 2, Maturity.Student), (agent.Maturity, agent.Version, agent.Previous));
        Assert.Equal("10 episodes, interventions in 0.0 %, constitutional score 0.9", agent.Reason);
    }

    [Fact]
    public void Nothing_sets_an_agent_back_by_itself()
    {
        var agent = Student().At(Maturity.Autonomous, "trusted", "ann", Now);

        for (var i = 0; i < 100; i++) agent = agent.After(3, 0, Now);

        Assert.Equal((Maturity.Autonomous, 2, "ann"), (agent.Maturity, agent.Version, agent.ChangedBy));
    }

    [Fact]
    public void An_agent_that_a_person_sets_back_begins_to_earn_anew()
    {
        var good = Student() with { Maturity = Maturity.Autonomous, Evidence = new() { Episodes = 60, Scored = 60, ScoreTotal = 60 } };

        var agent = good.At(Maturity.Student, "leaked data", "ann", Now).After(0, 1, Now);

        Assert.Equal((Maturity.Student, 1), (agent.Maturity, agent.Evidence.Episodes));
    }

    [Fact]
    public void An_agent_that_a_person_raises_keeps_what_it_has_shown() =>
        Assert.Equal(7, (Student() with { Evidence = new() { Episodes = 7 } }).At(Maturity.Intern, "trusted", "ann", Now).Evidence.Episodes);

    [Fact]
    public void A_capability_that_is_switched_off_is_announced_as_in_the_guide()
    {
        var unlocked = Assert.Single(Student().At(Maturity.Intern, "", "ann", Now).At(Maturity.Supervised, "", "ann", Now).Unlocked(new()));

        Assert.Equal(
            new CapabilityUnlocked
            {
                WorkspaceId = "acme",
                AgentId = "bot",
                Capability = "auto_dev.alpha_evolver",
                Message = "Agent has graduated to use Alpha Evolver. Enable it in Settings > Auto-Dev to activate.",
                ActionRequired = true,
                UnlockedAt = Now,
            },
            unlocked);
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public void Action_is_required_while_either_switch_is_off(bool enabled, bool mementoSkills, bool actionRequired) =>
        Assert.Equal(actionRequired, Assert.Single(Student().At(Maturity.Intern, "", "ann", Now)
            .Unlocked(new() { Enabled = enabled, MementoSkills = mementoSkills })).ActionRequired);

    [Fact]
    public void Whoever_skips_levels_unlocks_all_that_lies_between() =>
        Assert.Equal(
            ["auto_dev.memento_skills", "auto_dev.alpha_evolver", "auto_dev.background_evolution"],
            Agent.Register("acme", "bot", Maturity.Autonomous, "trusted", "ann", Now).Unlocked(new()).Select(u => u.Capability));

    [Fact]
    public void Whoever_is_set_back_or_registered_as_a_student_unlocks_nothing()
    {
        Assert.Empty(Student().Unlocked(new()));
        Assert.Empty(Student().At(Maturity.Autonomous, "", "ann", Now).At(Maturity.Supervised, "", "ann", Now).Unlocked(new()));
    }

    static Agent Student() => Agent.Register("acme", "bot", Maturity.Student, "Registered", "ann", Now);
}
