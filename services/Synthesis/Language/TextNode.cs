using System.Buffers;
using System.Globalization;
using System.Text;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>The named arguments of one call.</summary>
sealed record Inputs(IReadOnlyDictionary<string, Json> Arguments)
{
    public Json? this[string name] => Arguments.GetValueOrDefault(name);
}

/// <summary>A program that gives a text, or null where it has no answer. <see cref="Evaluate"/> is what the code of <see cref="Emit"/> does.</summary>
abstract class TextNode
{
    /// <summary>Same key, same program: tells what was computed already, and shows the program to people.</summary>
    public abstract string Key { get; }

    public abstract string? Evaluate(Inputs inputs);

    /// <summary>The programs this one is made of.</summary>
    public virtual IEnumerable<TextNode> Children => [];

    public IEnumerable<TextNode> WithDescendants() => Children.SelectMany(child => child.WithDescendants()).Prepend(this);

    /// <summary>Writes the statements the value needs and gives an expression for it to which <c>.method()</c> may be appended.</summary>
    public abstract string Emit(PythonBlock block);

    /// <summary>Writes the statements that return the value, put through <paramref name="wrap"/>.</summary>
    public virtual void EmitReturn(PythonBlock block, Func<string, string> wrap) => block.Line($"return {wrap(Emit(block))}");

    static readonly SearchValues<char> Forbidden = SearchValues.Create("\"'\\{}\n#!");

    /// <summary>The expression inside an f-string, with a variable where quotes or backslashes forbid it.</summary>
    public virtual string EmitField(PythonBlock block)
    {
        var expression = Emit(block);
        return expression.AsSpan().ContainsAny(Forbidden) ? block.Local(Key, "part", expression) : expression;
    }
}

/// <summary>An argument that is a text.</summary>
sealed class Argument(string name) : TextNode
{
    public override string Key => name;
    public override string? Evaluate(Inputs inputs) => inputs[name] is { Kind: JsonKind.Text } value ? value.Text : null;

    public override string Emit(PythonBlock block)
    {
        block.RequireType(name, $"not isinstance({name}, str)", "a string");
        return name;
    }
}

/// <summary>An argument that is a number, as Python prints it.</summary>
sealed class NumberArgument(string name) : TextNode
{
    public override string Key => $"str({name})";
    public override string? Evaluate(Inputs inputs) => inputs[name] is { Kind: JsonKind.Number } value ? value.NumberText() : null;

    public override string Emit(PythonBlock block)
    {
        block.RequireType(name, $"isinstance({name}, bool) or not isinstance({name}, (int, float))", "a number");
        return $"str({name})";
    }
}

/// <summary>How much there is of something in a text.</summary>
sealed class Counted(TextNode source, Count count, string? part = null) : TextNode
{
    string Of(string text) => count switch
    {
        Count.Characters => $"len({text})",
        Count.Words => $"len({text}.split())",
        Count.Occurrences => $"{text}.count({PythonLiteral.Text(part!)})",
        _ => $"len({text}.split({PythonLiteral.Text(part!)}))",
    };

    public override string Key => Of(source.Key);
    public override IEnumerable<TextNode> Children => [source];

    public override string? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } text && PythonText.HasPlainPositions(text)
        ? (count switch
        {
            Count.Characters => text.Length,
            Count.Words => PythonText.Words(text).Count,
            Count.Occurrences => TextCondition.Occurrences(text, part!),
            _ => TextCondition.Occurrences(text, part!) + 1,
        }).ToString(CultureInfo.InvariantCulture)
        : null;

    public override string Emit(PythonBlock block) => $"str({Of(source.Emit(block))})";
}

enum Count { Characters, Words, Occurrences, Parts }

/// <summary>How often one argument stands in another.</summary>
sealed class CountedArgument(TextNode source, TextNode part) : TextNode
{
    public override string Key { get; } = $"{source.Key}.count({part.Key})";
    public override IEnumerable<TextNode> Children => [source, part];

    public override string? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } text && part.Evaluate(inputs) is { Length: > 0 } wanted
        ? TextCondition.Occurrences(text, wanted).ToString(CultureInfo.InvariantCulture) : null;

    public override string Emit(PythonBlock block)
    {
        var (text, wanted) = (source.Emit(block), part.Emit(block));
        block.FailIf($"not {wanted}", "there is nothing to count");
        return $"str({text}.count({wanted}))";
    }
}

/// <summary>The part of one argument that another argument, a number from 1 up, says; counted from the left or from the right.</summary>
sealed class PickedByArgument(TextNode source, TextNode number, string? separator, bool fromRight) : TextNode
{
    public override string Key { get; } =
        $"{source.Key}.split({(separator is null ? "" : PythonLiteral.Text(separator))})[{(fromRight ? $"-{number.Key}" : $"{number.Key} - 1")}]";
    public override IEnumerable<TextNode> Children => [source, number];

    public override string? Evaluate(Inputs inputs)
    {
        if (source.Evaluate(inputs) is not { } text || number.Evaluate(inputs) is not { Length: > 0 and < 6 } index
            || !index.All(char.IsAsciiDigit)) return null;
        var parts = separator is null ? PythonText.Words(text) : [.. text.Split(separator, StringSplitOptions.None)];
        var at = int.Parse(index, CultureInfo.InvariantCulture);
        return at >= 1 && at <= parts.Count ? parts[fromRight ? parts.Count - at : at - 1] : null;
    }

    public override string Emit(PythonBlock block)
    {
        block.Module.Import("re");
        var text = source.Emit(block);
        var index = number.Emit(block);
        block.FailIf($"not re.fullmatch(r\"[0-9]{{1,5}}\", {index})", "the position must be a whole number");
        var position = block.Local($"int({index})", "position", $"int({index})");
        var parts = block.Local($"{source.Key}.split({separator})", "parts", $"{text}.split({(separator is null ? "" : PythonLiteral.Text(separator))})");
        block.FailIf($"not 1 <= {position} <= len({parts})", "there is nothing at this position");
        return fromRight ? $"{parts}[-{position}]" : $"{parts}[{position} - 1]";
    }
}

/// <summary>A text without the first or last characters, as many as another argument says.</summary>
sealed class CutByArgument(TextNode source, TextNode number, string form) : TextNode
{
    /// <summary>Python slices, with <c>n</c> for the number.</summary>
    public static readonly string[] Forms = ["n:", ":n", ":n - 1", "n - 1:"];

    public override string Key { get; } = $"{source.Key}[{form.Replace("n", number.Key, StringComparison.Ordinal)}]";
    public override IEnumerable<TextNode> Children => [source, number];

    public override string? Evaluate(Inputs inputs)
    {
        if (source.Evaluate(inputs) is not { } text || !PythonText.HasPlainPositions(text) || number.Evaluate(inputs) is not { Length: > 0 and < 6 } digits
            || !digits.All(char.IsAsciiDigit)) return null;
        var at = int.Parse(digits, CultureInfo.InvariantCulture) - (form.Contains('1', StringComparison.Ordinal) ? 1 : 0);
        return form.StartsWith(':') ? PythonText.Slice(text, null, at) : PythonText.Slice(text, at, null);
    }

    public override string Emit(PythonBlock block)
    {
        block.Module.Import("re");
        var text = source.Emit(block);
        var index = number.Emit(block);
        block.FailIf($"not re.fullmatch(r\"[0-9]{{1,5}}\", {index})", "the position must be a whole number");
        var position = block.Local($"int({index})", "position", $"int({index})");
        return $"{text}[{form.Replace("n", position, StringComparison.Ordinal)}]";
    }
}

sealed class Constant(string text) : TextNode
{
    public string Text => text;
    public override string Key => PythonLiteral.Text(text);
    public override string? Evaluate(Inputs inputs) => text;
    public override string Emit(PythonBlock block) => PythonLiteral.Text(text);
}

/// <summary>No answer.</summary>
sealed class Nothing : TextNode
{
    public override string Key => "None";
    public override string? Evaluate(Inputs inputs) => null;
    public override string Emit(PythonBlock block) => "None";
    public override void EmitReturn(PythonBlock block, Func<string, string> wrap) => block.Line("return None");
}

/// <summary>A step applied to another program's text.</summary>
sealed class Stepped(TextNode source, TextStep step) : TextNode
{
    string? _key;
    public TextNode Source => source;
    public TextStep Step => step;
    public override IEnumerable<TextNode> Children => [source];
    public override string Key => _key ??= source.Key + step.Suffix;
    public override string? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } text ? step.Apply(text) : null;
    public override string Emit(PythonBlock block) => step.Emit(block, source.Emit(block), source.Key);
}

/// <summary>Parts one after the other; two at least.</summary>
sealed class Concatenation(IReadOnlyList<TextNode> parts) : TextNode
{
    string? _key;
    public override IEnumerable<TextNode> Children => parts;
    public override string Key => _key ??= string.Join(" + ", parts.Select(part => part.Key));

    public override string? Evaluate(Inputs inputs)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            if (part.Evaluate(inputs) is not { } value) return null;
            text.Append(value);
        }

        return text.ToString();
    }

    public override string Emit(PythonBlock block)
    {
        if (MomentPart.EmitTogether(parts, block) is { } together) return together;
        var fields = parts.Select(part => part is Constant constant
            ? PythonLiteral.Text(constant.Text)[1..^1].Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)
            : $"{{{part.EmitField(block)}}}").ToList();
        return $"f\"{string.Concat(fields)}\"";
    }
}

/// <summary>One of two programs, chosen by a condition on the input.</summary>
sealed class Choice(Condition condition, TextNode then, TextNode otherwise) : TextNode
{
    public override string Key => $"if {condition.Key}: {then.Key}; otherwise: {otherwise.Key}";
    public override IEnumerable<TextNode> Children => [then, otherwise];
    public override string? Evaluate(Inputs inputs) => condition.Holds(inputs) is { } holds ? (holds ? then : otherwise).Evaluate(inputs) : null;
    public override string Emit(PythonBlock block) => throw new InvalidOperationException("a choice is written as statements");

    public override void EmitReturn(PythonBlock block, Func<string, string> wrap)
    {
        block.Line($"if {condition.Emit(block)}:");
        then.EmitReturn(block.Nested(), wrap);
        otherwise.EmitReturn(block, wrap);
    }
}
