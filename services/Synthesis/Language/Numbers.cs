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

/// <summary>A number in print: a fixed count of decimals (or as few as it has), thousands in groups, zeros in front up to a width.</summary>
sealed class PrintedNumber(NumberNode number, NumberFormat format) : TextNode
{
    public NumberFormat Format => format;
    public override string Key { get; } = $"{number.Key} as {format.Name}";
    public override string? Evaluate(Inputs inputs) => number.Evaluate(inputs) is { } value ? format.Print(value) : null;

    public override string Emit(PythonBlock block) => $"f\"{{{EmitField(block)}}}\"";

    public override string EmitField(PythonBlock block)
    {
        var value = number.Emit(block);
        if (value.Contains('"', StringComparison.Ordinal)) value = block.Local(number.Key, "number", value);
        if (format.Decimals is null) value = block.Local(number.Key + " plain", "plain", $"{value}.normalize()");
        return value + format.Specification;
    }
}

/// <param name="Decimals">Null prints as many as the number has.</param>
sealed record NumberFormat(int? Decimals, bool Grouped, int Width)
{
    public string Name =>
        (Decimals is { } decimals ? $"{decimals} decimals" : "plain") + (Grouped ? ", grouped" : "") + (Width > 0 ? $", width {Width}" : "");

    public string Specification =>
        ":" + (Width > 0 ? "0" + Width.ToString(CultureInfo.InvariantCulture) : "") + (Grouped ? "," : "")
        + (Decimals is { } decimals ? "." + decimals.ToString(CultureInfo.InvariantCulture) : "") + "f";

    public string? Print(decimal value)
    {
        // Python's decimals are printed half to even.
        if (Decimals is { } decimals) value = decimal.Round(value, decimals, MidpointRounding.ToEven);
        // Python prints the sign of a negative zero.
        if (value == 0 && decimal.IsNegative(value)) return null;
        var text = value.ToString((Grouped ? "#,##0." : "0.") + (Decimals is { } count ? new string('0', count) : "############"),
            CultureInfo.InvariantCulture);
        if (text.Length >= Width) return text;
        return value < 0 ? "-" + text[1..].PadLeft(Width - 1, '0') : text.PadLeft(Width, '0');
    }
}
