using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Memento.Exchange;

/// <summary>What a skill is called outside of its workspace: as a Python package, as a folder of Agent Skills, and for pip.</summary>
static partial class PackageName
{
    const int Longest = 64;
    const int LongestWords = 48;

    // Keywords, the standard library's modules from Python 3.8 to 3.14, what installs packages, and what Windows has no file of.
    static readonly HashSet<string> Taken = Read();

    /// <summary>
    /// The package that is imported: the skill's own name where Python and Agent Skills take it and nothing else has it, else one made of it. Two skills never
    /// have the same.
    /// </summary>
    public static string Of(string skill)
    {
        if (skill.Length <= Longest && Plain().IsMatch(skill) && !Taken.Contains(skill)) return skill;
        var words = NotPlain().Replace(skill.ToLowerInvariant(), "_").Trim('_');
        if (words.Length > LongestWords) words = words[..LongestWords].Trim('_');
        if (words.Length == 0 || char.IsAsciiDigit(words[0])) words = $"skill_{words}".Trim('_');
        return $"{words}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(skill)).AsSpan(0, 4))}";
    }

    /// <summary>The folder, and so the name in its SKILL.md: lower case and hyphens.</summary>
    public static string Folder(string package) => package.Replace('_', '-');

    /// <summary>What pip calls it. The prefix keeps it from being taken for a stranger's package of the same name.</summary>
    public static string Distribution(string package) => $"autodev-{Folder(package)}";

    static HashSet<string> Read()
    {
        using var reader = new StreamReader(typeof(PackageName).Assembly.GetManifestResourceStream("TakenNames.txt")!);
        return reader.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*\z", RegexOptions.None, 1000)]
    private static partial Regex Plain();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex NotPlain();
}
