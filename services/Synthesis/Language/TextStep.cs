using System.Globalization;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>One thing to do with a text. <see cref="Apply"/> gives null where the code of <see cref="Emit"/> fails.</summary>
abstract record TextStep
{
    /// <summary>Shown after the source's key.</summary>
    public abstract string Suffix { get; }
    public abstract string? Apply(string text);
    public abstract string Emit(PythonBlock block, string source, string sourceKey);

    protected static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A method without arguments.</summary>
sealed record Method(string Name) : TextStep
{
    public static readonly Method Strip = new("strip"), Upper = new("upper"), Lower = new("lower"), Title = new("title"), Capitalize = new("capitalize");

    public override string Suffix => $".{Name}()";

    public override string? Apply(string text) => Name switch
    {
        "strip" => PythonText.Strip(text),
        "upper" => PythonText.Upper(text),
        "lower" => PythonText.Lower(text),
        "title" => PythonText.Title(text),
        _ => PythonText.Capitalize(text),
    };

    public override string Emit(PythonBlock block, string source, string sourceKey) => $"{source}.{Name}()";
}

/// <summary>Runs of white space become one blank, none at the ends.</summary>
sealed record Squeeze : TextStep
{
    public override string Suffix => ".squeezed";
    public override string? Apply(string text) => string.Join(' ', PythonText.Words(text));
    public override string Emit(PythonBlock block, string source, string sourceKey) => $"\" \".join({source}.split())";
}

/// <summary>One of the words between white space, counted from the left (0, 1, …) or the right (-1, -2, …).</summary>
sealed record Word(int Index) : TextStep
{
    public override string Suffix => $".split()[{Number(Index)}]";

    public override string? Apply(string text)
    {
        var words = PythonText.Words(text);
        return Parts.Pick(words, Index);
    }

    public override string Emit(PythonBlock block, string source, string sourceKey) =>
        Parts.Emit(block, sourceKey + ".split()", "words", $"{source}.split()", Index, 0, "too few words");
}

/// <summary>One of the parts between separators.</summary>
sealed record Field(string Separator, int Index) : TextStep
{
    public override string Suffix => $".split({PythonLiteral.Text(Separator)})[{Number(Index)}]";
    public override string? Apply(string text) => Parts.Pick(text.Split(Separator, StringSplitOptions.None), Index);

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        var separator = PythonLiteral.Text(Separator);
        return Index switch
        {
            0 when !block.Knows(sourceKey + $".split({separator})", out _) => $"{source}.split({separator}, 1)[0]",
            -1 when !block.Knows(sourceKey + $".split({separator})", out _) => $"{source}.rsplit({separator}, 1)[-1]",
            _ => Parts.Emit(block, sourceKey + $".split({separator})", "fields", $"{source}.split({separator})", Index, 1,
                $"too few parts separated by {Separator}"),
        };
    }
}

/// <summary>What stands before or after the first or last separator; no answer without one.</summary>
sealed record Side(string Separator, bool Last, bool After) : TextStep
{
    public override string Suffix => $".{(After ? "after" : "before")}_{(Last ? "last" : "first")}({PythonLiteral.Text(Separator)})";

    public override string? Apply(string text)
    {
        var at = Last ? text.LastIndexOf(Separator, StringComparison.Ordinal) : text.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? null : After ? text[(at + Separator.Length)..] : text[..at];
    }

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        var separator = PythonLiteral.Text(Separator);
        var name = IsName(source) ? source : block.Local(sourceKey, "rest", source);
        block.FailIf($"{separator} not in {name}", $"the text holds no {Separator}");
        return $"{name}.{(Last ? "rpartition" : "partition")}({separator})[{(After ? "2" : "0")}]";
    }

    static bool IsName(string source) => source.All(c => c == '_' || char.IsAsciiLetterOrDigit(c));
}

/// <summary>One of the matches of a pattern (its group, where it has one).</summary>
sealed record Match(Pattern Pattern, int Index, string Noun) : TextStep
{
    public override string Suffix => $".match(/{Pattern.Source}/{(Pattern.IgnoreCase ? "i" : "")}{(Index == 0 ? "" : ", " + Number(Index))})";
    public override string? Apply(string text) => Index == 0 ? Pattern.Find(text) : Parts.Pick(Pattern.FindAll(text), Index);

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        block.Module.Import("re");
        var arguments = $"{PythonLiteral.Pattern(Pattern.Source)}, {source}{(Pattern.IgnoreCase ? ", re.IGNORECASE" : "")}";
        var key = $"{sourceKey}.match({Pattern.Source}{Pattern.IgnoreCase})";
        if (Index == 0 && !block.Knows(key + "all", out _))
        {
            var match = block.Local(key, "match", $"re.search({arguments})");
            block.FailIf($"{match} is None", $"the text holds no {Noun} where one is expected");
            return $"{match}.group({(Pattern.HasGroup ? "1" : "")})";
        }

        return Parts.Emit(block, key + "all", Noun.Replace(' ', '_').Replace('-', '_') + "s", $"re.findall({arguments})", Index, 0,
            $"the text holds too few {Noun}s");
    }
}

/// <summary>Characters between two positions, as Python counts them.</summary>
sealed record Slice(int? Start, int? End) : TextStep
{
    public override string Suffix => $"[{Bounds}]";
    string Bounds => $"{(Start is { } start ? Number(start) : "")}:{(End is { } end ? Number(end) : "")}";
    public override string? Apply(string text) => PythonText.HasPlainPositions(text) ? PythonText.Slice(text, Start, End) : null;
    public override string Emit(PythonBlock block, string source, string sourceKey) => $"{source}[{Bounds}]";
}

/// <summary>Every occurrence of a text becomes another.</summary>
sealed record Replace(string Old, string New) : TextStep
{
    public override string Suffix => $".replace({PythonLiteral.Text(Old)}, {PythonLiteral.Text(New)})";
    public override string? Apply(string text) => text.Replace(Old, New, StringComparison.Ordinal);
    public override string Emit(PythonBlock block, string source, string sourceKey) => source + Suffix;
}

/// <summary>Every match of a pattern becomes a fixed text.</summary>
sealed record Substitute(Pattern Pattern, string Replacement) : TextStep
{
    public override string Suffix => $".sub(/{Pattern.Source}/, {PythonLiteral.Text(Replacement)})";
    public override string? Apply(string text) => Pattern.Replace(text, Replacement);

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        block.Module.Import("re");
        var replacement = PythonLiteral.Text(Replacement.Replace("\\", "\\\\", StringComparison.Ordinal));
        return $"re.sub({PythonLiteral.Pattern(Pattern.Source)}, {replacement}, {source}{(Pattern.IgnoreCase ? ", flags=re.IGNORECASE" : "")})";
    }
}

/// <summary>Zeros in front up to a width.</summary>
sealed record ZeroPadded(int Width) : TextStep
{
    public override string Suffix => $".zfill({Number(Width)})";
    public override string? Apply(string text) => text.Length > 0 && text.All(char.IsAsciiDigit) ? text.PadLeft(Width, '0') : null;

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        var digits = block.Local(sourceKey, "digits", source);
        block.Module.Import("re");
        block.FailIf($"not re.fullmatch(r\"[0-9]+\", {digits})", "the text is not a row of digits");
        return digits + Suffix;
    }
}

/// <summary>Takes a fixed beginning or end away where it is there.</summary>
sealed record WithoutAffix(string Affix, bool IsPrefix) : TextStep
{
    string Name => IsPrefix ? "removeprefix" : "removesuffix";
    public override string Suffix => $".{Name}({PythonLiteral.Text(Affix)})";

    public override string? Apply(string text) => IsPrefix
        ? text.StartsWith(Affix, StringComparison.Ordinal) ? text[Affix.Length..] : text
        : text.EndsWith(Affix, StringComparison.Ordinal) ? text[..^Affix.Length] : text;

    public override string Emit(PythonBlock block, string source, string sourceKey) => source + Suffix;
}

/// <summary>Splits, does one thing with each part, and joins again: initials, words in reverse.</summary>
sealed record JoinParts(string? Separator, string Glue, string Each, bool Reverse) : TextStep
{
    /// <summary>What may be done with each part; the key is Python, with <c>part</c> for the part.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string, string?>> Uses = new Dictionary<string, Func<string, string?>>(StringComparer.Ordinal)
    {
        ["part"] = part => part,
        ["part[:1]"] = part => PythonText.HasPlainPositions(part) ? PythonText.Slice(part, null, 1) : null,
        ["part[:1].upper()"] = part => PythonText.HasPlainPositions(part) ? PythonText.Upper(PythonText.Slice(part, null, 1)) : null,
        ["part[:1].lower()"] = part => PythonText.HasPlainPositions(part) ? PythonText.Lower(PythonText.Slice(part, null, 1)) : null,
        ["part.strip()"] = PythonText.Strip,
        ["part.capitalize()"] = PythonText.Capitalize,
        ["part[:1] + \".\""] = part => PythonText.HasPlainPositions(part) ? PythonText.Slice(part, null, 1) + "." : null,
    };

    public override string Suffix => $".join({Split}, {PythonLiteral.Text(Glue)}, {Each}{(Reverse ? ", reversed" : "")})";
    string Split => Separator is null ? "split()" : $"split({PythonLiteral.Text(Separator)})";

    public override string? Apply(string text)
    {
        var parts = Separator is null ? PythonText.Words(text) : [.. text.Split(Separator, StringSplitOptions.None)];
        if (Reverse) parts.Reverse();
        var use = Uses[Each];
        var done = parts.Select(use).ToList();
        return done.Contains(null) ? null : string.Join(Glue, done);
    }

    public override string Emit(PythonBlock block, string source, string sourceKey)
    {
        var parts = $"{source}.{Split}";
        if (Reverse) parts = $"reversed({parts})";
        return Each == "part" ? $"{PythonLiteral.Text(Glue)}.join({parts})" : $"{PythonLiteral.Text(Glue)}.join({Each} for part in {parts})";
    }
}

static class Parts
{
    public static string? Pick(IReadOnlyList<string> parts, int index)
    {
        if (index < 0) index += parts.Count;
        return index >= 0 && index < parts.Count ? parts[index] : null;
    }

    /// <summary>Assigns the list once, checks once that it is long enough, and picks.</summary>
    public static string Emit(PythonBlock block, string key, string name, string expression, int index, int certain, string message)
    {
        var needed = index < 0 ? -index : index + 1;
        var local = block.Local(key, name, expression);
        var atLeast = block.Module.Need(key, needed);
        if (atLeast > certain) block.FailIf(atLeast == 1 ? $"not {local}" : $"len({local}) < {atLeast.ToString(CultureInfo.InvariantCulture)}", message);
        return $"{local}[{index.ToString(CultureInfo.InvariantCulture)}]";
    }
}
