using AutoDev.Memento.Catalog;
using Xunit;

namespace AutoDev.Memento.Tests.Catalog;

public sealed class SkillVersionNumberTests
{
    [Theory]
    [InlineData("", "1.0.0")]
    [InlineData("1.0.0", "1.1.0")]
    [InlineData("1.9.0", "1.10.0")]
    [InlineData("2.3.4", "2.4.0")]
    [InlineData("1.0.0 1.10.0 1.9.0 1.2.5", "1.11.0")]
    public void A_candidate_makes_the_first_version_or_the_minor_one_after_the_highest(string versions, string next) =>
        Assert.Equal(next, SkillVersionNumber.AfterCandidate(versions.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("1.0.0", "1.0.0", "1.0.1")]
    [InlineData("1.0.0 1.0.1 1.0.2", "1.0.1", "1.0.3")]
    [InlineData("1.0.0 1.0.1 1.1.0", "1.0.0", "1.0.2")]
    [InlineData("1.0.0 1.9.9 1.10.0", "1.10.0", "1.10.1")]
    public void A_mutation_that_is_only_faster_makes_the_patch_after_the_highest_of_its_parents_minor_number(string versions, string parent, string next) =>
        Assert.Equal(next, SkillVersionNumber.AfterMutation(versions.Split(' '), parent, mends: false));

    [Fact]
    public void A_mutation_that_mends_behaviour_makes_the_minor_version_after_the_highest() =>
        Assert.Equal("1.3.0", SkillVersionNumber.AfterMutation(["1.0.0", "1.0.1", "1.2.0"], "1.0.1", mends: true));

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.0.x")]
    [InlineData("")]
    [InlineData("1.-1.0")]
    public void What_is_no_version_is_not_counted_on_from(string version) =>
        Assert.Throws<FormatException>(() => SkillVersionNumber.AfterCandidate(["1.0.0", version]));
}
