using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AutoDev.Memento.Candidates;

/// <summary>Suggests a function's name for a task.</summary>
public static partial class SkillName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 40;

    const int EnoughWords = 2;
    const string Accented = "àáâãäåāăąçćčďđèéêëēęěğìíîïīıłñńňòóôõöøōőřśşšťţùúûüūůűýÿźżž";
    const string Plain = "aaaaaaaaacccddeeeeeeegiiiiiilnnnoooooooorsssttuuuuuuuyyzzz";

    static readonly HashSet<string> StopWords = new(StringComparer.Ordinal)
    {
        "a", "an", "the", "this", "that", "these", "those", "to", "into", "as", "and", "or", "our", "my", "your", "their", "its", "his", "her", "is", "are", "be",
        "it", "all", "any", "each", "every", "some", "please", "should", "must", "can", "could", "would", "will", "i", "we", "you", "they", "me", "us", "so", "then", "s",
    };

    // What follows one of these says where or under which circumstances, not what.
    static readonly HashSet<string> Circumstances = new(StringComparer.Ordinal)
    {
        "from", "in", "of", "out", "inside", "within", "on", "for", "using", "with", "without", "by", "based", "which", "where", "when", "given", "at", "after", "before",
    };

    // Keywords, builtins that a caller may need, and the modules that generated code imports.
    static readonly HashSet<string> Taken = new(StringComparer.Ordinal)
    {
        "false", "none", "true", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
        "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match", "case", "type",
        "abs", "aiter", "all", "anext", "any", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable", "chr", "classmethod", "compile", "complex", "delattr",
        "dict", "dir", "divmod", "enumerate", "eval", "exec", "exit", "filter", "float", "format", "frozenset", "getattr", "globals", "hasattr", "hash", "help", "hex", "id",
        "input", "int", "isinstance", "issubclass", "iter", "len", "license", "list", "locals", "map", "max", "memoryview", "min", "next", "object", "oct", "open", "ord", "pow",
        "print", "property", "quit", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "vars", "zip",
        "copyright", "credits", "export", "search", "re", "json", "math", "datetime", "timedelta", "decimal", "string", "unicodedata", "typing", "os", "sys", "time", "date",
    };

    /// <summary>
    /// A valid snake_case Python identifier of the task's content words, in order: "Extract the invoice ID from customer e-mails" is <c>extract_invoice_id</c>.
    /// Never a keyword or a builtin, at most <see cref="MaxLength"/> characters, the same for the same text.
    /// </summary>
    public static string For(string task)
    {
        var words = new List<string>();
        foreach (var word in Words(task))
        {
            if (Circumstances.Contains(word))
            {
                if (words.Count >= EnoughWords) break;
                continue;
            }

            if (!StopWords.Contains(word)) words.Add(word);
        }

        var name = Join(words);
        if (name.Length == 0) return $"skill_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(task)).AsSpan(0, 4))}";
        if (char.IsAsciiDigit(name[0]) || Taken.Contains(name)) name = Join(["skill", .. words]);
        return name;
    }

    /// <summary>Longest name that is taken from elsewhere, in characters.</summary>
    public const int Longest = 64;

    /// <summary>Whether a name from elsewhere may be a skill's: a Python identifier in lower case that is neither a keyword nor something else's here.</summary>
    public static bool IsUsable(string name) => name.Length <= Longest && Identifier().IsMatch(name) && !Taken.Contains(name);

    static string Join(List<string> words)
    {
        var name = new StringBuilder();
        foreach (var word in words)
        {
            if (name.Length + word.Length + 1 > MaxLength + (name.Length == 0 ? 1 : 0))
            {
                if (name.Length == 0) return word[..MaxLength];
                break;
            }

            if (name.Length > 0) name.Append('_');
            name.Append(word);
        }

        return name.ToString();
    }

    // "e-mails" and "customer's" are one word each; accents are dropped where a plain letter stands under them.
    static IEnumerable<string> Words(string task)
    {
        var plain = InsideWord().Replace(Unaccented(task.ToLowerInvariant()), "");
        return Word().Matches(plain).Select(m => m.Value);
    }

    // By a table, since without culture data the runtime decomposes nothing.
    static string Unaccented(string text) => string.Concat(text.Select(c => Accented.IndexOf(c, StringComparison.Ordinal) is var at and >= 0 ? Plain[at] : c));

    [GeneratedRegex(@"(?<=[a-z])[-'’](?=[a-z])", RegexOptions.None, 1000)]
    private static partial Regex InsideWord();

    [GeneratedRegex(@"^[a-z][a-z0-9_]*\z", RegexOptions.None, 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex("[a-z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
