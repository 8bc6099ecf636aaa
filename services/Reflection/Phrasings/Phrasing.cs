using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using AutoDev.Embeddings;
using AutoDev.Reflection.Episodes;

namespace AutoDev.Reflection.Phrasings;

/// <summary>How a failure was put: what tells tasks apart.</summary>
/// <param name="Task">The task in this failure's words.</param>
/// <param name="Error">The signature of its error, where it has one; in patterns of an earlier version with its numbers, or its kind alone.</param>
public sealed partial record Phrasing(string Task, string? Error)
{
    const int ErrorLength = 300, ErrorLines = 3;

    /// <summary>The same for what differs in numbers only.</summary>
    [JsonIgnore]
    public string Key => field ??= Digits().Replace($"{Task}\n{Error}", TaskWord.Numbers);

    public static Phrasing Of(Episode failure) => Of(failure.TaskDescription, failure.ErrorTrace);

    public static Phrasing Of(string task, string? errorTrace) => new(task, SignatureOf(errorTrace));

    public bool Equals(Phrasing? other) => other is not null && Key == other.Key;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    /// <summary>Of what happened, what tells errors apart: the last lines that name an error, else the last line, without places and numbers. <c>null</c> for nothing.</summary>
    internal static string? SignatureOf(string? trace)
    {
        if (string.IsNullOrWhiteSpace(trace)) return null;
        var lines = trace.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var naming = lines.Where(l => NamesError().IsMatch(l)).TakeLast(ErrorLines).ToList();
        var said = Digits().Replace(Place().Replace(string.Join(' ', naming.Count > 0 ? naming : [lines[^1]]), " "), TaskWord.Numbers);
        return said.Length > ErrorLength ? said[..ErrorLength] : said;
    }

    [GeneratedRegex(@"\d+(?:[.,:]\d+)*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"\b(?:[A-Z][A-Za-z0-9]*)?(?:[Ee]rror|Exception|Timeout|Failure|ERROR)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamesError();

    // Paths, addresses, and ids in hexadecimal: they differ although the error is the same.
    [GeneratedRegex(@"\S*[/\\]\S+|\b(?:0x)?[0-9a-fA-F]{8,}\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}

/// <summary>A phrasing as it is compared.</summary>
/// <param name="Phrasing">How it was put.</param>
/// <param name="Meaning">The direction of its task among meanings, of length one; empty where no model could be asked.</param>
sealed record Remembered(Phrasing Phrasing, float[] Meaning)
{
    /// <summary>The words of its task.</summary>
    public TaskText Text => field ??= TaskText.Of(Phrasing.Task);

    /// <summary>The words of its error.</summary>
    public TaskText? Error => Phrasing.Error is { } error ? field ??= TaskText.Of(error) : null;
}
