using System.Text.RegularExpressions;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>docs/flow.md leads a newcomer from a message to the file that says it and the file that hears it; so it must be true.</summary>
public sealed partial class FlowTests
{
    [Fact]
    public void Every_file_that_the_flow_names_exists_and_speaks_of_its_message()
    {
        foreach (var row in Rows())
        {
            Assert.NotEmpty(row.Messages);
            foreach (var file in row.Files)
            {
                var path = Path.Combine(Sources.Root, file);
                Assert.True(File.Exists(path), $"docs/flow.md names {file}, which is not there");
                var source = File.ReadAllText(path);
                Assert.True(row.Messages.Any(m => source.Contains(m, StringComparison.Ordinal)), $"{file} does not speak of {string.Join(", ", row.Messages)}");
            }
        }
    }

    [Fact]
    public void Every_message_between_services_is_in_the_flow()
    {
        var told = Rows().SelectMany(r => r.Messages).ToHashSet(StringComparer.Ordinal);
        var heard = Sources.Consumers().SelectMany(c => c.Messages).Where(m => m.Assembly == Sources.Load("Contracts")).Select(m => m.Name);
        Assert.Equal([], heard.Except(told, StringComparer.Ordinal));
    }

    static IReadOnlyList<(IReadOnlyList<string> Messages, IReadOnlyList<string> Files)> Rows() =>
    [
        .. File.ReadLines(Path.Combine(Sources.Root, "docs/flow.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`', StringComparison.Ordinal))
            .Select(line => (
                (IReadOnlyList<string>)[.. Message().Matches(line.Split('|')[2]).Select(m => m.Groups["name"].Value)],
                (IReadOnlyList<string>)[.. Link().Matches(line).Select(m => m.Groups["file"].Value)])),
    ];

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Message();

    [GeneratedRegex(@"\]\(\.\./(?<file>[^)]+\.(?:cs|py))\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
