using System.Globalization;

namespace AutoDev.Sandbox.Bench;

/// <summary>The same small function, on the same inputs, for every way.</summary>
static class Workload
{
    public const string Function = "describe";

    public const string Source = """
        def describe(text: str, limit: int) -> dict:
            "Counts the words of a text and finds the longest."
            words = text.split()
            return {"count": len(words), "longest": max(words, key=len)[:limit]}
        """;

    public static string Input(int n) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"text": "the invoice INV-{{n}} was paid in full on the first of the month", "limit": 12}""");

    /// <summary>What the function must return for that input, as Python writes it.</summary>
    public static string Expected(int n) => $$"""{"count": 13, "longest": "{{Longest(n)}}"}""";

    /// <exception cref="InvalidOperationException">It is another.</exception>
    public static void Check(string? got, int n, string way)
    {
        if (got?.Trim() != Expected(n)) throw new InvalidOperationException($"{way} gave {got ?? "nothing"} for {Input(n)}");
    }

    static string Longest(int n)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"INV-{n}");
        return name.Length > "invoice".Length ? name[..Math.Min(12, name.Length)] : "invoice";
    }
}
