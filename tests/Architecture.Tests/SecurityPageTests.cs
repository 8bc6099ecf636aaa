using System.Text.RegularExpressions;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>A defence that docs/security.md names without a test that shows it is a wish.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Every_defence_names_tests_that_exist()
    {
        var page = File.ReadAllLines(Path.Combine(Sources.Root, "docs/security.md"));
        var sources = Sources.CSharp("tests").Select(File.ReadAllText).ToList();
        var rows = page.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| who |", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count > 15);
        Assert.All(rows, row => Assert.True(Named().IsMatch(row), $"No test shows this: {row}"));
        var missing = Named().Matches(string.Join('\n', rows)).Where(named => !sources.Any(source =>
            source.Contains($"class {named.Groups["type"].Value}", StringComparison.Ordinal) && Regex.IsMatch(source, $@"\b{named.Groups["test"].Value}\(", RegexOptions.None, TimeSpan.FromSeconds(1))));
        Assert.Empty(missing.Select(named => named.Value));
    }

    [GeneratedRegex("`(?<type>[A-Z][A-Za-z]+(?:Tests|Suite))\\.(?<test>[A-Za-z0-9_]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
