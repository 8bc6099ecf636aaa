using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using static AutoDev.Memento.Exchange.ArchiveRefusedException;

namespace AutoDev.Memento.Exchange;

/// <summary>What a <c>SKILL.md</c> says at its head, by the Agent Skills standard.</summary>
/// <param name="Name">Lower case and hyphens.</param>
/// <param name="Description">What it does and when to use it.</param>
sealed partial record AgentSkill(string Name, string Description)
{
    public const string File = "SKILL.md";

    const int LongestHead = 16 * 1024;
    const int LongestDescription = 1024;

    /// <exception cref="ArchiveRefusedException">It has no such head.</exception>
    public static AgentSkill Of(string entry, string text)
    {
        if (Head().Match(text.TrimStart('\uFEFF')) is not { Success: true } match || match.Groups["yaml"].Length > LongestHead)
            throw Unfit(entry, $"It does not begin with YAML between two lines of three hyphens, of at most {LongestHead / 1024} KiB.");
        var head = Parse(entry, match.Groups["yaml"].Value);
        var (name, description) = (head.GetValueOrDefault("name"), head.GetValueOrDefault("description"));
        if (name is null || name.Length > 64 || !Standard().IsMatch(name))
            throw Unfit(entry, "Its name is not of lower case letters, digits and single hyphens, at most 64.");
        return description is { Length: > 0 and <= LongestDescription }
            ? new(name, description)
            : throw Unfit(entry, $"Its description is missing or longer than {LongestDescription:N0} characters.");
    }

    // Event by event: whatever is nested in it is passed over without being built, or descended into.
    static Dictionary<string, string> Parse(string entry, string yaml)
    {
        var head = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.Consume<Scalar>();
                if (!parser.TryConsume<Scalar>(out var value)) parser.SkipThisAndNestedEvents();
                else if (!head.TryAdd(key.Value, value.Value.Trim())) throw Unfit(entry, "Its head says something twice.");
            }

            return head;
        }
        catch (YamlException e)
        {
            throw Unfit(entry, $"Its head is no YAML mapping: {e.Message}");
        }
    }

    [GeneratedRegex(@"\A---[ \t]*\r?\n(?<yaml>.*?)\r?\n---[ \t]*(\r?\n|\z)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Head();

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Standard();
}
