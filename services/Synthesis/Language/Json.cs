using System.Globalization;
using System.Text.Json;

namespace AutoDev.Synthesis.Language;

enum JsonKind { Null, Boolean, Number, Text, List, Object }

/// <summary>A JSON value as Python sees it: 1 and 1.0 are equal but print differently, members keep their order.</summary>
sealed class Json : IEquatable<Json>
{
    public static readonly Json Null = new() { Kind = JsonKind.Null };

    public JsonKind Kind { get; private init; }
    public bool Boolean { get; private init; }
    public double Number { get; private init; }
    public bool IsInteger { get; private init; }
    public string Text { get; private init; } = "";
    public IReadOnlyList<Json> Items { get; private init; } = [];
    public IReadOnlyList<KeyValuePair<string, Json>> Members { get; private init; } = [];

    public static Json Of(bool value) => new() { Kind = JsonKind.Boolean, Boolean = value };
    public static Json Of(string value) => new() { Kind = JsonKind.Text, Text = value };
    public static Json OfInteger(double value) => new() { Kind = JsonKind.Number, Number = value, IsInteger = true };
    public static Json OfFloat(double value) => new() { Kind = JsonKind.Number, Number = value };
    public static Json Of(IReadOnlyList<Json> items) => new() { Kind = JsonKind.List, Items = items };
    public static Json Of(IReadOnlyList<KeyValuePair<string, Json>> members) => new() { Kind = JsonKind.Object, Members = members };

    /// <exception cref="FormatException">A number outside of what both languages keep exactly, or text that is not valid Unicode.</exception>
    public static Json Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => Null,
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        JsonValueKind.Number => OfNumber(element),
        JsonValueKind.String => Of(ValidText(element)),
        JsonValueKind.Array => Of(element.EnumerateArray().Select(Of).ToList()),
        // Of two members with one name the last one counts, as in Python.
        _ => Of(element.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create(group.Key, Of(group.Last().Value))).ToList()),
    };

    public Json? Member(string name)
    {
        foreach (var member in Members)
        {
            if (member.Key == name) return member.Value;
        }

        return null;
    }

    /// <summary>What <c>str(number)</c> gives in Python; null where the two languages may differ.</summary>
    public string? NumberText()
    {
        if (IsInteger) return Number.ToString("F0", CultureInfo.InvariantCulture);
        var text = Number.ToString("R", CultureInfo.InvariantCulture);
        if (text.Contains('E', StringComparison.Ordinal) || !double.IsFinite(Number)) return null;
        if (Math.Abs(Number) is >= 1e16 or (> 0 and < 1e-4)) return null;
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    public bool Equals(Json? other)
    {
        if (other is null || other.Kind != Kind) return false;
        return Kind switch
        {
            JsonKind.Null => true,
            JsonKind.Boolean => Boolean == other.Boolean,
            JsonKind.Number => Number.Equals(other.Number),
            JsonKind.Text => Text == other.Text,
            JsonKind.List => Items.SequenceEqual(other.Items),
            _ => Members.Count == other.Members.Count && Members.All(member => member.Value.Equals(other.Member(member.Key))),
        };
    }

    public override bool Equals(object? obj) => Equals(obj as Json);

    public override int GetHashCode() => Kind switch
    {
        JsonKind.Boolean => Boolean ? 1 : 2,
        JsonKind.Number => Number.GetHashCode(),
        JsonKind.Text => Text.GetHashCode(StringComparison.Ordinal),
        JsonKind.List => Items.Aggregate(17, (hash, item) => (hash * 31) + item.GetHashCode()),
        JsonKind.Object => Members.Aggregate(19, (hash, member) => hash ^ HashCode.Combine(member.Key, member.Value)),
        _ => 0,
    };

    static Json OfNumber(JsonElement element)
    {
        var raw = element.GetRawText();
        var number = element.GetDouble();
        if (!double.IsFinite(number)) throw new FormatException($"the number {raw} is too large");
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') >= 0) return OfFloat(number);
        if (Math.Abs(number) > 9007199254740991d) throw new FormatException($"the number {raw} is too large");
        return OfInteger(number);
    }

    static string ValidText(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException("a text is not valid Unicode", exception);
        }
    }
}
