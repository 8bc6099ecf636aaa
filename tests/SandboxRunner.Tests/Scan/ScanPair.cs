using System.Runtime.CompilerServices;

namespace AutoDev.SandboxRunner.Tests.Scan;

/// <summary>A harmful source, the line of the harm, and its repaired form; of <c>pairs.txt</c> beside this file.</summary>
/// <param name="Rule">What must be found.</param>
/// <param name="Harmful">The source; the line is the one that ends with <c># HERE</c>.</param>
/// <param name="Repaired">In which neither this rule nor any other of weight finds anything.</param>
sealed record ScanPair(string Rule, string Harmful, string Repaired)
{
    const string Mark = "# HERE";

    public int Line => 1 + Harmful.Split('\n').Index().First(l => l.Item.Contains(Mark, StringComparison.Ordinal)).Index;

    /// <summary>By title.</summary>
    public static IReadOnlyDictionary<string, ScanPair> All { get; } = Read().ToDictionary(p => p.Title, p => p.Pair, StringComparer.Ordinal);

    static IEnumerable<(string Title, ScanPair Pair)> Read([CallerFilePath] string here = "") =>
        from block in File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "pairs.txt")).Split("=== ", StringSplitOptions.RemoveEmptyEntries)
        let title = block[..block.IndexOf('\n', StringComparison.Ordinal)]
        let sources = block[(title.Length + 1)..].Split("--- repaired\n")
        select (title, new ScanPair(title[..title.IndexOf(':', StringComparison.Ordinal)], sources[0], sources[1]));
}
