using System.Text.RegularExpressions;

namespace AutoDev.Loop.Tests.Documentation;

/// <summary>A fenced block of a document that a reader may copy and run.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Language"><c>sh</c>, <c>python</c> or <c>js</c>.</param>
/// <param name="NotRun">Why it cannot run in a test; <c>null</c> where it can.</param>
/// <param name="Text">What is run.</param>
sealed partial record CommandBlock(string Place, string Language, string? NotRun, string Text)
{
    static readonly string[] Runnable = ["sh", "bash", "python", "js"];

    /// <summary>All of the README and of docs.</summary>
    public static IReadOnlyList<CommandBlock> All() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(LiveSystem.Repository, "docs"), "*.md", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/node_modules/", StringComparison.Ordinal))
            .Append(Path.Combine(LiveSystem.Repository, "README.md"))
            .Order(StringComparer.Ordinal)
            .SelectMany(file => Of(Path.GetRelativePath(LiveSystem.Repository, file), File.ReadAllText(file))),
    ];

    /// <summary>Pure: the blocks of one document, in the languages that are run.</summary>
    public static IEnumerable<CommandBlock> Of(string name, string document) =>
        from Match block in Fence().Matches(document)
        let words = block.Groups["info"].Value.Trim().Split(' ', 3, StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 0 && Runnable.Contains(words[0])
        let line = document.AsSpan(0, block.Index).Count('\n') + 1
        select new CommandBlock($"{name}:{line}", words[0], words.Length > 1 && words[1] == "norun" ? words.ElementAtOrDefault(2) ?? "" : null, block.Groups["text"].Value);

    [GeneratedRegex(@"^```(?<info>[^\n`]*)\n(?<text>.*?)^```[ ]*$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();
}
