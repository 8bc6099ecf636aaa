using System.Globalization;
using System.Text.RegularExpressions;

namespace AutoDev.Fitness.Scores;

/// <summary>The names of what has a score: <c>candidate:{id}</c>, <c>mutation:{id}</c>, <c>skill:{name}@{version}</c>.</summary>
public static partial class SubjectId
{
    /// <summary>The kinds there are.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["candidate", "mutation", "skill"];

    /// <summary>The name of a skill candidate.</summary>
    public static string Candidate(Guid id) => string.Create(CultureInfo.InvariantCulture, $"candidate:{id:D}");

    /// <summary>The name of a mutation.</summary>
    public static string Mutation(Guid id) => string.Create(CultureInfo.InvariantCulture, $"mutation:{id:D}");

    /// <summary>The name of a version of a skill.</summary>
    public static string Skill(string name, string version) => $"skill:{name}@{version}";

    /// <summary>The part before the colon.</summary>
    public static string KindOf(string id) => id[..id.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The skill and the version in the name of a skill's version.</summary>
    public static (string Skill, string Version) VersionOf(string id)
    {
        var (from, at) = (id.IndexOf(':', StringComparison.Ordinal) + 1, id.LastIndexOf('@'));
        return (id[from..at], id[(at + 1)..]);
    }

    /// <summary>Reads a name as it is written outside; one subject has one name, whatever the case of its id was.</summary>
    /// <returns><c>null</c> for what is not such a name.</returns>
    public static string? Parse(string? text)
    {
        if (text is null) return null;
        if (SkillPattern().IsMatch(text)) return text;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && text[..colon] is "candidate" or "mutation" && Guid.TryParseExact(text[(colon + 1)..], "D", out var id)
            ? string.Create(CultureInfo.InvariantCulture, $"{text[..colon]}:{id:D}")
            : null;
    }

    [GeneratedRegex(@"\Askill:[^\s@/\p{C}]{1,200}@[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SkillPattern();
}
