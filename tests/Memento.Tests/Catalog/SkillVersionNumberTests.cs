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
    [InlineData("1.0")]
    [InlineData("1.0.x")]
    [InlineData("")]
    [InlineData("1.-1.0")]
    public void What_is_no_version_is_not_counted_on_from(string version) =>
        Assert.Throws<FormatException>(() => SkillVersionNumber.AfterCandidate(["1.0.0", version]));
}
