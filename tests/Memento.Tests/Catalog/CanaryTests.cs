using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.Catalog;
using Xunit;
using RollBackSkill = AutoDev.Memento.Catalog.RollBackSkill;

namespace AutoDev.Memento.Tests.Catalog;

/// <summary>Which agents get a version that is on trial, and how a trial ends.</summary>
public sealed class CanaryTests
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Word Word = new("olga", "why", Noon);
    static readonly IReadOnlyList<string> Agents = [.. Enumerable.Range(0, 2000).Select(i => $"agent-{i}")];

    static SkillVersion First => PublishSkill.VersionOf(null, Shelf.Candidate("extract", "Finds it.", "Find it"), new(true, "olga", null, Noon));

    static Skill Published => PublishSkill.With(null, First, null);

    static MutationApproved Approved(bool mends = false) => new()
    {
        WorkspaceId = "w", MutationId = Guid.NewGuid(), SkillName = "extract", ParentVersion = "1.0.0", FunctionName = "extract", Source = "def f(): return 1\n",
        Description = "A loop became a lookup.", Mends = mends, ApprovedBy = "olga", ApprovedAt = Noon,
    };

    static Skill OnTrial(double share) => PublishMutationConsumer.Decide(Published, First, Approved(), share, Noon).Skill;

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.95)]
    public void A_version_on_trial_goes_to_its_share_of_the_agents(double share) =>
        Assert.InRange(Agents.Count(a => OnTrial(share).VersionFor(a) == "1.0.1") / (double)Agents.Count, share - 0.04, share + 0.04);

    [Fact]
    public void An_agent_is_told_the_same_every_time_and_more_agents_only_when_the_share_grows()
    {
        var (small, large) = (OnTrial(0.2), OnTrial(0.6));
        Assert.All(Agents, a => Assert.Equal(small.VersionFor(a), OnTrial(0.2).VersionFor(a)));
        Assert.All(Agents.Where(a => small.VersionFor(a) == "1.0.1"), a => Assert.Equal("1.0.1", large.VersionFor(a)));

        // Trials are under way in running systems: the draw must never change.
        Assert.Equal([0, 2, 4, 9, 10, 11], Enumerable.Range(0, 12).Where(i => new Canary("1.0.0", 0.5, Noon).Includes($"agent-{i}", "extract", "1.0.1")));
    }

    [Fact]
    public void Each_version_is_another_draw()
    {
        var canary = new Canary("1.0.0", 0.5, Noon);
        Assert.InRange(Agents.Count(a => canary.Includes(a, "extract", "1.0.1") == canary.Includes(a, "extract", "1.0.2")), 900, 1100);
    }

    [Fact]
    public void Whoever_names_no_agent_does_not_take_part_and_a_pin_holds_against_the_lot()
    {
        var skill = OnTrial(0.95);
        Assert.Equal(("1.0.0", "1.0.0"), (skill.VersionFor(null), skill.VersionFor("")));
        Assert.All(Agents, a => Assert.Equal("1.0.0", skill.PinnedTo("1.0.0", null, Word).VersionFor(a)));
        Assert.All(Agents, a => Assert.Equal("1.0.1", OnTrial(0.05).PinnedTo("1.0.1", a, Word).VersionFor(a)));
    }

    [Fact]
    public void A_share_of_one_is_no_trial()
    {
        Assert.Null(OnTrial(1).Canary);
        Assert.Equal("1.0.1", OnTrial(1).VersionFor(null));
    }

    [Fact]
    public void A_confirmed_version_goes_to_all_and_says_what_the_others_had()
    {
        var skill = OnTrial(0.05);
        var change = ConfirmVersionConsumer.Decide("w", skill, skill.Canary!, Word);
        Assert.All(Agents, a => Assert.Equal("1.0.1", change.Next!.VersionFor(a)));
        Assert.Equal(("confirmed", "1.0.1", "1.0.0"), (change.Event!.Kind, change.Event.Version, change.Event.FromVersion));
        Assert.Equal(("1.0.1", skill.Revision + 1), change.Message is SkillVersionConfirmed said ? (said.Version, said.Revision) : default);
    }

    [Fact]
    public void A_roll_back_ends_a_trial_and_is_from_the_version_that_was_tried()
    {
        var change = RollBackSkill.Decide("w", OnTrial(0.05), "1.0.0", First, Word);
        Assert.Null(change.Next!.Canary);
        Assert.Equal(("rolled_back", "1.0.0", "1.0.1"), (change.Event!.Kind, change.Event.Version, change.Event.FromVersion));
    }

    [Fact]
    public void A_mutation_of_a_version_on_trial_begins_a_trial_of_its_own_and_the_others_keep_what_is_proven()
    {
        var (tried, second) = PublishMutationConsumer.Decide(Published, First, Approved(), 0.5, Noon);
        var (skill, _) = PublishMutationConsumer.Decide(tried, second, Approved() with { ParentVersion = "1.0.1" }, 0.5, Noon);
        Assert.Equal(["1.0.0", "1.0.2"], Agents.Select(skill.VersionFor).Distinct().Order());
    }

    [Fact]
    public void A_candidate_that_is_published_ends_a_trial()
    {
        var skill = OnTrial(0.5);
        var next = PublishSkill.VersionOf(skill, Shelf.Candidate("extract", "Finds it.", "Find it"), new(true, "olga", null, Noon));
        Assert.Equal(("1.1.0", "1.0.1"), (PublishSkill.With(skill, next, null).VersionFor(null), next.ParentVersion));
    }

    [Fact]
    public void A_mutation_is_described_like_its_parent_and_keeps_its_candidate_and_mends_by_a_minor_number()
    {
        var approved = Approved(mends: true);
        var (skill, version) = PublishMutationConsumer.Decide(Published, First, approved, 1, Noon);
        Assert.Equal(
            ("1.1.0", "1.0.0", First.Description, "A loop became a lookup.", approved.MutationId, 2),
            (version.Version, version.ParentVersion, version.Description, version.Change, version.MutationId, version.SkillRevision));
        Assert.Equal((version.CandidateId, approved.MutationId), (skill.Versions[^1].CandidateId, skill.Versions[^1].MutationId));
    }

    [Fact]
    public void A_mutation_is_not_published_over_what_it_was_not_compared_with()
    {
        Assert.Null(PublishMutationConsumer.WhyNot(Published, Approved()));
        Assert.Contains("1.0.9", PublishMutationConsumer.WhyNot(Published, Approved() with { ParentVersion = "1.0.9" }), StringComparison.Ordinal);
        Assert.Contains("retired by olga", PublishMutationConsumer.WhyNot(Published.Retire(Word), Approved()), StringComparison.Ordinal);
        Assert.Contains("no skill", PublishMutationConsumer.WhyNot(null, Approved()), StringComparison.Ordinal);
    }
}
