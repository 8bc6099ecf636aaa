using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>What the code says about itself, from the documentation that the compiler puts beside each assembly.</summary>
static partial class Words
{
    static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Read = new();

    /// <summary>The summary of a member, on one line; <c>null</c> where there is none.</summary>
    /// <param name="owner">A type of its assembly.</param>
    /// <param name="member">As the compiler names it; a method without its parameters.</param>
    public static string? Of(Type owner, string member) => Read.GetOrAdd(owner.Assembly, ReadAll).GetValueOrDefault(member);

    /// <summary>A type as the compiler names it.</summary>
    public static string NameOf(Type type) => ((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name).Replace('+', '.');

    static IReadOnlyDictionary<string, string> ReadAll(Assembly assembly)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        var file = assembly.IsDynamic || assembly.GetName().Name?.StartsWith("AutoDev", StringComparison.Ordinal) != true ? null : Path.ChangeExtension(assembly.Location, ".xml");
        if (file is null || !File.Exists(file)) return words;
        foreach (var member in XDocument.Load(file).Descendants("member"))
        {
            if (member.Attribute("name")?.Value is { } name && member.Element("summary") is { } summary)
                words.TryAdd(name.Split('(')[0], Plain(summary));
        }

        return words;
    }

    // What it refers to is named by the last part, as a reader of the source sees it.
    static string Plain(XElement summary) => Space().Replace(
        string.Concat(summary.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" or "paramref" } reference => (reference.Attribute("cref") ?? reference.Attribute("name"))?.Value.Split('.', ':')[^1],
            _ => null,
        })), " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Space();
}
