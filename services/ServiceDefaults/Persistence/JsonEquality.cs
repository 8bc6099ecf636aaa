using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>
/// Whether two JSON texts mean the same: members in any order (of two with one name the last counts, as in Python), whole numbers exactly,
/// other numbers within a relative tolerance of 1e-9. 1 and 1.0 are equal; 1 and true and "1" are not.
/// </summary>
public static class JsonEquality
{
    const double RelativeTolerance = 1e-9;
    const int LongestExactNumber = 400;

    /// <summary>Compares JSON texts. A text that is not JSON equals only itself.</summary>
    public static IEqualityComparer<string> OfTexts { get; } = new TextComparer();

    /// <summary>Compares two JSON texts.</summary>
    public static bool AreEqual(string left, string right) =>
        TryParse(left, out var l) && TryParse(right, out var r) ? AreEqual(l, r) : left == right;

    /// <summary>Compares two JSON values.</summary>
    public static bool AreEqual(JsonElement left, JsonElement right) => (left.ValueKind, right.ValueKind) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => NumbersAreEqual(left.GetRawText(), right.GetRawText()),
        (JsonValueKind.String, JsonValueKind.String) => TextOf(left) == TextOf(right),
        (JsonValueKind.Array, JsonValueKind.Array) =>
            left.GetArrayLength() == right.GetArrayLength() && left.EnumerateArray().Zip(right.EnumerateArray()).All(pair => AreEqual(pair.First, pair.Second)),
        (JsonValueKind.Object, JsonValueKind.Object) => MembersAreEqual(Members(left), Members(right)),
        var (l, r) => l == r,
    };

    /// <summary>Whether this is a JSON text.</summary>
    public static bool IsJson([NotNullWhen(true)] string? text) => TryParse(text, out _);

    /// <summary>Reads a JSON text; its value lives on without being disposed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JsonElement value)
    {
        value = default;
        if (text is null) return false;
        try
        {
            using var document = JsonDocument.Parse(text);
            value = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The kind of a value in words: string, number, boolean, null, list or object.</summary>
    public static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "object",
        _ => "null",
    };

    static bool NumbersAreEqual(string left, string right)
    {
        if (left == right) return true;
        if (IsWhole(left) && IsWhole(right)) return BigInteger.Parse(left, CultureInfo.InvariantCulture) == BigInteger.Parse(right, CultureInfo.InvariantCulture);

        var l = double.Parse(left, CultureInfo.InvariantCulture);
        var r = double.Parse(right, CultureInfo.InvariantCulture);
        if (!double.IsFinite(l) || !double.IsFinite(r)) return false;
        return l.Equals(r) || Math.Abs(l - r) <= RelativeTolerance * Math.Max(Math.Abs(l), Math.Abs(r));
    }

    static bool IsWhole(string number) => number.Length <= LongestExactNumber && number.AsSpan().IndexOfAny('.', 'e', 'E') < 0;

    static bool MembersAreEqual(Dictionary<string, JsonElement> left, Dictionary<string, JsonElement> right) =>
        left.Count == right.Count && left.All(member => right.TryGetValue(member.Key, out var other) && AreEqual(member.Value, other));

    static Dictionary<string, JsonElement> Members(JsonElement value)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }

    /// <summary>A string's text; where it is no valid Unicode, its JSON.</summary>
    public static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText(); // half of a surrogate pair: no text, but JSON
        }
    }

    sealed class TextComparer : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => x is null || y is null ? x == y : AreEqual(x, y);

        // Coarse on purpose: numbers that are equal within the tolerance must share a hash.
        public int GetHashCode(string obj) => TryParse(obj, out var value) ? Hash(value) : obj.GetHashCode(StringComparison.Ordinal);

        static int Hash(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => TextOf(value).GetHashCode(StringComparison.Ordinal),
            JsonValueKind.Array => value.EnumerateArray().Aggregate(1, (hash, item) => HashCode.Combine(hash, Hash(item))),
            JsonValueKind.Object => Members(value).Aggregate(2, (hash, member) => hash ^ HashCode.Combine(member.Key.GetHashCode(StringComparison.Ordinal), Hash(member.Value))),
            var kind => (int)kind,
        };
    }
}
