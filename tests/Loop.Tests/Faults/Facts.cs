using System.Globalization;

namespace AutoDev.Loop.Tests.Faults;

/// <summary>A difference between what had to come out and what did; <c>null</c> stands for nothing.</summary>
sealed record Difference(string What, string? Expected, string? Actual);

/// <summary>What is true in the end, each fact under its own name. A thing that is there twice shows in its value.</summary>
sealed class Facts
{
    readonly SortedDictionary<string, string> _all = new(StringComparer.Ordinal);

    public void Add(string what, params object?[] value)
    {
        var text = string.Join(' ', value.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)?.ToLowerInvariant()));
        _all[what] = _all.TryGetValue(what, out var already) ? $"{already} AND AGAIN {text}" : text;
    }

    public static List<Difference> Compare(Facts expected, Facts actual) =>
    [
        .. expected._all.Keys.Union(actual._all.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(what => new Difference(what, expected._all.GetValueOrDefault(what), actual._all.GetValueOrDefault(what)))
            .Where(d => d.Expected != d.Actual),
    ];
}
