using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Memento.NearDuplicates;

/// <summary>
/// What a Python source is known by among many. Its tokens without layout, comments, docstrings and the author's own names are cut into all runs of
/// <see cref="TokensInShingle"/>, as MOSS does it (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003); how near two sources are is the share of these that both
/// have (resemblance, Broder: On the resemblance and containment of documents, 1997). Which are worth a look is found by bands of minhashes (Leskovec, Rajaraman,
/// Ullman: Mining of Massive Datasets, chapter 3): two sources with a resemblance of s share one with probability 1 - (1 - s⁶)¹⁶: .99 at .8, .22 at .5, .01 at .3.
/// </summary>
/// <param name="Shingles">Hashes of the runs, each once, in order.</param>
/// <param name="Bands">Hashes of the bands, in order; a band's own place is in its hash.</param>
public sealed record SourceSketch(IReadOnlyList<int> Shingles, IReadOnlyList<int> Bands)
{
    /// <summary>How long a run is.</summary>
    public const int TokensInShingle = 5;

    const int BandCount = 16;
    const int RowsInBand = 6;

    static readonly uint[] Seeds = [.. Enumerable.Range(1, BandCount * RowsInBand).Select(i => Mixed((uint)i * 0x9E3779B9))];

    /// <summary>Pure: of a source, whether it is valid Python or not.</summary>
    public static SourceSketch Of(string source)
    {
        var tokens = PythonTokens.Of(source);
        var runs = Math.Min(tokens.Count, Math.Max(1, tokens.Count - TokensInShingle + 1));
        int[] shingles = [.. Enumerable.Range(0, runs).Select(i => Hash(string.Join('\u0001', tokens.Skip(i).Take(TokensInShingle)))).Distinct().Order()];
        return new(shingles, shingles.Length == 0 ? [] : BandsOf(shingles));
    }

    /// <summary>Pure: the share of runs that both have, of all that either has: 1 for the same text but for names and layout.</summary>
    public double Resemblance(SourceSketch other)
    {
        var shared = Shingles.Intersect(other.Shingles).Count();
        var all = Shingles.Count + other.Shingles.Count - shared;
        return all == 0 ? 0 : (double)shared / all;
    }

    static int[] BandsOf(int[] shingles)
    {
        var smallest = Seeds.Select(seed => shingles.Min(s => Mixed((uint)s ^ seed))).ToArray();
        return [.. Enumerable.Range(0, BandCount).Select(band => Hash($"{band}/{string.Join('/', smallest.Skip(band * RowsInBand).Take(RowsInBand))}"))];
    }

    static int Hash(string text) => BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // A finaliser of MurmurHash3: every bit of the number moves every other.
    static uint Mixed(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85EBCA6B;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        return x ^ (x >> 16);
    }
}

/// <summary>Python in tokens that two authors would share: names that are their own are all the same one. Forgiving: what is no Python has tokens, too.</summary>
static partial class PythonTokens
{
    // With the commonest builtins, methods apart: those stand behind a dot.
    static readonly HashSet<string> Kept = new(
        """
        False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass
        raise return try while with yield match case int float str bool list dict set tuple bytes object len range enumerate zip map filter sorted reversed sum min max
        abs any all isinstance round divmod ord chr repr type next iter print open ValueError TypeError KeyError IndexError Exception
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    public static IReadOnlyList<string> Of(string source)
    {
        var tokens = new List<string>();
        var (isNewLine, afterDot) = (true, false);
        try
        {
            foreach (Match match in Token().Matches(source))
            {
                var text = match.Value;
                if (match.Groups["space"].Success)
                {
                    isNewLine |= text.Contains('\n', StringComparison.Ordinal);
                    continue;
                }

                // A text that stands alone is documentation.
                var isDocument = match.Groups["string"].Success && isNewLine;
                if (!isDocument) tokens.Add(match.Groups["name"].Success && !afterDot && !Kept.Contains(text) ? "name" : text);
                (isNewLine, afterDot) = (false, text == ".");
            }
        }
        catch (RegexMatchTimeoutException)
        {
            // What was read by then will do.
        }

        return tokens;
    }

    [GeneratedRegex(
        """
        (?<space>\s+|\#[^\n]*|\\\r?\n)|(?<string>[rbfuRBFU]{0,2}(?:"{3}[\s\S]*?(?:"{3}|\z)|'{3}[\s\S]*?(?:'{3}|\z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<name>[^\W\d]\w*)|(?<number>\d[\w.]*)|(?<other>->|:=|\*\*|//|[=!<>+*/%-]=|.)
        """, RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Token();
}
