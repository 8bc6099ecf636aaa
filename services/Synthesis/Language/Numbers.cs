using System.Globalization;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>A program that gives an exact decimal number.</summary>
abstract class NumberNode
{
    public abstract string Key { get; }
    public abstract decimal? Evaluate(Inputs inputs);

    /// <summary>An expression for the number, a Python <c>Decimal</c>.</summary>
    public abstract string Emit(PythonBlock block);

    protected static string Literal(decimal value) => $"Decimal(\"{value.ToString(CultureInfo.InvariantCulture)}\")";
}

/// <summary>Reads a text as a number; blanks around it and the named character inside do not matter.</summary>
sealed class ParsedNumber(TextNode source, string ignored) : NumberNode
{
    static readonly Pattern Form = new(@"^-?\d+(?:\.\d+)?\Z");

    public override string Key { get; } = $"number({source.Key})";
    public override decimal? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } text ? Read(text, ignored) : null;

    public static decimal? Read(string text, string ignored)
    {
        var clean = PythonText.Strip(ignored.Length == 0 ? text : text.Replace(ignored, "", StringComparison.Ordinal));
        return clean.Length is > 0 and < 20 && clean.All(char.IsAscii) && Form.IsIn(clean)
            && decimal.TryParse(clean, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    public override string Emit(PythonBlock block)
    {
        if (block.Knows(Key, out var known)) return known;
        block.Module.Import("re");
        block.Module.Import("decimal", "Decimal");
        var text = source.Emit(block);
        var clean = block.Fresh("digits");
        block.Line($"{clean} = {text}{(ignored.Length == 0 ? "" : $".replace({PythonLiteral.Text(ignored)}, \"\")")}.strip()");
        block.FailIf($"not re.fullmatch(r\"-?[0-9]+(?:\\.[0-9]+)?\", {clean})", "the text holds no number where one is expected");
        return block.Local(Key, "number", $"Decimal({clean})");
    }
}

/// <summary>Times a power of ten.</summary>
sealed class ScaledNumber(NumberNode source, decimal factor) : NumberNode
{
    public override string Key { get; } = $"{source.Key} * {factor.ToString(CultureInfo.InvariantCulture)}";
    public override decimal? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } value ? value * factor : null;

    public override string Emit(PythonBlock block)
    {
        block.Module.Import("decimal", "Decimal");
        return $"({source.Emit(block)} * {Literal(factor)})";
    }
}

/// <summary>The next multiple of a step below, above or nearest (halves away from zero), then moved by a fixed amount.</summary>
sealed class RoundedNumber(NumberNode source, decimal step, RoundTo rounding, decimal shift) : NumberNode
{
    public override string Key { get; } =
        $"{source.Key} to {rounding} {step.ToString(CultureInfo.InvariantCulture)}"
        + (shift == 0 ? "" : shift.ToString("+0.#########;-0.#########", CultureInfo.InvariantCulture));

    public override decimal? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } value ? Apply(value, step, rounding) + shift : null;

    public static decimal Apply(decimal value, decimal step, RoundTo rounding)
    {
        var steps = value / step;
        return step * rounding switch
        {
            RoundTo.Down => decimal.Floor(steps),
            RoundTo.Up => decimal.Ceiling(steps),
            _ => decimal.Round(steps, 0, MidpointRounding.AwayFromZero),
        };
    }

    public override string Emit(PythonBlock block)
    {
        var mode = rounding switch { RoundTo.Down => "ROUND_FLOOR", RoundTo.Up => "ROUND_CEILING", _ => "ROUND_HALF_UP" };
        block.Module.Import("decimal", "Decimal");
        block.Module.Import("decimal", mode);
        var number = source.Emit(block);
        var unrounded = $"{source.Key} to {rounding} {step.ToString(CultureInfo.InvariantCulture)}";
        var rounded = block.Local(unrounded, "rounded", step == 1
            ? $"{number}.to_integral_value(rounding={mode})"
            : $"({number} / {Literal(step)}).to_integral_value(rounding={mode}) * {Literal(step)}");
        return shift == 0 ? rounded : $"({rounded} {(shift < 0 ? "-" : "+")} {Literal(Math.Abs(shift))})";
    }
}

/// <summary>A number in print: its decimals, thousands in groups, zeros in front up to a width.</summary>
sealed class PrintedNumber(NumberNode number, NumberFormat format) : TextNode
{
    public NumberFormat Format => format;
    public override string Key { get; } = $"{number.Key} as {format.Name}";
    public override string? Evaluate(Inputs inputs) => number.Evaluate(inputs) is { } value ? format.Print(value, number is RoundedNumber) : null;

    public override string Emit(PythonBlock block) => format.WholeWidth > 0 && format.Style != Decimals.Fixed ? Padded(block) : $"f\"{{{EmitField(block)}}}\"";

    public override string EmitField(PythonBlock block)
    {
        if (format.WholeWidth > 0 && format.Style != Decimals.Fixed) return Padded(block);
        return Value(block) + format.Specification(CanBeNegativeZero);
    }

    // Rounding may leave a zero that was negative; "-0.0" is no number that anyone writes.
    bool CanBeNegativeZero => format.Style == Decimals.Fixed && number is RoundedNumber;

    string Value(PythonBlock block)
    {
        var value = number.Emit(block);
        if (value.Contains('"', StringComparison.Ordinal)) value = block.Local(number.Key, "number", value);
        return format.Style == Decimals.AsFew ? block.Local(number.Key + " plain", "plain", $"{value}.normalize()") : value;
    }

    /// <summary>A width for the digits before the point, whatever stands behind it.</summary>
    string Padded(PythonBlock block)
    {
        var digits = block.Local($"{Key} digits", "digits", $"f\"{{{Value(block)}:f}}\"");
        var whole = block.Local($"{Key} whole", "whole", $"{digits}.split(\".\")[0]");
        return block.Local(Key, "padded", $"{whole}.zfill({Text(format.WholeWidth)}) + {digits}[len({whole}):]");
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How many decimals are printed.</summary>
enum Decimals
{
    /// <summary>Always the same number.</summary>
    Fixed,

    /// <summary>As many as the number was written with.</summary>
    AsWritten,

    /// <summary>None that are zero at the end.</summary>
    AsFew,
}

/// <param name="Style">Which decimals are printed.</param>
/// <param name="Count">How many, where it is fixed.</param>
/// <param name="Grouped">Whether commas separate thousands.</param>
/// <param name="WholeWidth">Zeros fill the digits before the point up to this width; 0 for none.</param>
sealed record NumberFormat(Decimals Style, int Count, bool Grouped, int WholeWidth)
{
    int Width => WholeWidth + (Style == Decimals.Fixed && Count > 0 ? Count + 1 : 0);

    public string Name =>
        Style switch { Decimals.Fixed => $"{Count} decimals", Decimals.AsFew => "plain", _ => "as written" }
        + (Grouped ? ", grouped" : "") + (WholeWidth > 0 ? $", width {WholeWidth}" : "");

    public string Specification(bool canBeNegativeZero) =>
        ":" + (canBeNegativeZero ? "z" : "") + (WholeWidth > 0 ? "0" + Width.ToString(CultureInfo.InvariantCulture) : "") + (Grouped ? "," : "")
        + (Style == Decimals.Fixed ? "." + Count.ToString(CultureInfo.InvariantCulture) : "") + "f";

    public string? Print(decimal value, bool isRounded)
    {
        // Python's decimals are printed half to even.
        if (Style == Decimals.Fixed) value = decimal.Round(value, Count, MidpointRounding.ToEven);
        if (value == 0 && decimal.IsNegative(value))
        {
            if (Style != Decimals.Fixed || !isRounded) return null;
            value = 0;
        }

        var decimals = Style switch { Decimals.Fixed => new string('0', Count), Decimals.AsWritten => new string('0', value.Scale), _ => "############" };
        var text = value.ToString((Grouped ? "#,##0." : "0.") + decimals, CultureInfo.InvariantCulture);
        var width = WholeWidth + (text.IndexOf('.', StringComparison.Ordinal) is var point and >= 0 ? text.Length - point : 0);
        if (text.Length >= width) return text;
        return value < 0 ? "-" + text[1..].PadLeft(width - 1, '0') : text.PadLeft(width, '0');
    }
}
