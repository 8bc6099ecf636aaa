using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>A small program with the text it gives on every example, null where it has no answer. Costs are hundredths; less is simpler.</summary>
sealed record Column(TextNode Node, string?[] Values, int Cost);

/// <summary>The examples of one search: inputs and the texts that are wanted; null where no answer is wanted.</summary>
sealed record Goal(IReadOnlyList<Inputs> Rows, IReadOnlyList<string?> Wanted)
{
    public int Count => Rows.Count;
}

/// <summary>Costs in one place. Each says how surprising a construct is before any example was seen.</summary>
static class Prices
{
    public const int Whole = 60, Strip = 40, Squeeze = 70, Case = 90, Piece = 50;
    public const int Word = 190, Field = 220, Side = 260, Match = 240, Anchored = 240, Slice = 260, Initial = 110, Replace = 200, Substitute =
        190, JoinParts = 230, Affix = 210, FixedPosition = 150, AcrossWords = 400;
    public const int Nested = 40, NumberSource = 20, NextArgument = 5;
    public const int Cut = 150, Copied = 480;
    public const int MomentPart = 185, PrintedNumber = 200;
    public const int AnyInProse = 140;

    /// <summary>First and last are common, others the rarer the farther from an end; counted from the right a little rarer.</summary>
    public static int Index(int index) => index switch
    {
        0 => 0,
        -1 => 10,
        > 0 => 40 + (25 * index),
        _ => 50 - (25 * (index + 1)),
    };

    /// <summary>A constant is believed the more, the more examples show it.</summary>
    public static int Constant(string text, int examples, bool isInEveryInput)
    {
        var price = 100;
        foreach (var c in text)
        {
            price += char.IsLetter(c) ? examples switch { 1 => 110, 2 => 65, _ => 35 } : char.IsDigit(c) ? examples switch { 1 => 200, 2 => 110, _ => 60 } : 30;
        }

        return price + (isInEveryInput && text.Any(char.IsLetterOrDigit) ? 150 : 0);
    }
}
