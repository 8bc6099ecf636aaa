using System.Text.RegularExpressions;
using AutoDev.Memento.Exchange;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>Whatever a skill is called, Python can import its package and the Agent Skills standard takes its folder.</summary>
public sealed class PackageNameTests
{
    [Theory]
    [InlineData("extract_invoice_id", "extract_invoice_id")]
    [InlineData("x2", "x2")]
    [InlineData("class", null)]
    [InlineData("None", null)]
    [InlineData("email", null)]
    [InlineData("json", null)]
    [InlineData("setuptools", null)]
    [InlineData("tests", null)]
    [InlineData("2fast", null)]
    [InlineData("_hidden", null)]
    [InlineData("a__b", null)]
    [InlineData("Mixed", null)]
    [InlineData("../../etc/passwd", null)]
    [InlineData("naïve name", null)]
    [InlineData("\u202e\u0000", null)]
    [InlineData("", null)]
    [InlineData("a_very_long_name_that_goes_on_and_on_and_on_beyond_what_a_folder_of_agent_skills_may_have", null)]
    public void A_name_stays_where_it_can_and_is_made_fit_where_not(string skill, string? expected)
    {
        var package = PackageName.Of(skill);
        if (expected is not null) Assert.Equal(expected, package);
        else Assert.NotEqual(skill, package);
        Assert.Matches(new Regex(@"^[a-z][a-z0-9]*(_[a-z0-9]+)*\z", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), package);
        Assert.InRange(PackageName.Folder(package).Length, 1, 64);
        Assert.Matches(new Regex(@"^[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), PackageName.Folder(package));
    }

    [Fact]
    public void Names_that_look_alike_are_not_the_same_package()
    {
        string[] alike = ["a b", "a_b", "a-b", "A_B", "a__b", "_a_b"];
        Assert.Equal(alike.Length, alike.Select(PackageName.Of).Distinct(StringComparer.Ordinal).Count());
    }
}
