using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Finds the columns that can be read as numbers, and offers them rounded, scaled and printed as the outputs print theirs.</summary>
static class NumberSearch
{
    const int MostSources = 24;

    static readonly (decimal Step, int Price)[] Steps =
    [
        (1, 0), (0.1m, 0), (0.01m, 0), (10, 10), (100, 20), (1000, 30), (0.001m, 20), (0.0001m, 30), (0.5m, 40), (5, 40), (0.05m, 50), (50, 50), (0.25m, 60),
            (25, 60), (500, 60), (20, 70), (2, 90), (10000, 60),
    ];

    static readonly (decimal Factor, int Price)[] Factors =
        [(1, 0), (0.001m, 130), (0.01m, 130), (100, 140), (1000, 140), (0.000001m, 160), (0.000000001m, 170), (0.1m, 160), (10, 160), (1000000, 170)];

    public static IEnumerable<Column> Learn(Goal goal, IReadOnlyList<Column> texts, Deadline deadline)
    {
        var formats = Formats(goal);
        if (formats.Count == 0) yield break;
        var tried = 0;
        foreach (var column in texts.OrderBy(column => column.Cost))
        {
            var known = column.Values.OfType<string>().Where(text => text.Length > 0).ToList();
            if (known.Count * 2 < column.Values.Length || known.Count == 0 || known.Any(text => text.Length > 20 || !text.Any(char.IsAsciiDigit))) continue;
            var ignored = known.Any(text => text.Contains(',', StringComparison.Ordinal)) ? "," : "";
            var numbers = column.Values.Select(text => text is null ? null : ParsedNumber.Read(text, ignored)).ToArray();
            if (numbers.Count(number => number is not null) * 2 <= known.Count) continue;
            if (++tried > MostSources) yield break;
            deadline.Check();
            foreach (var printed in Printed(new ParsedNumber(column.Node, ignored), column.Cost, numbers, goal, formats)) yield return printed;
        }
    }

    static IEnumerable<Column> Printed(ParsedNumber source, int cost, decimal?[] numbers, Goal goal, IReadOnlyList<NumberFormat> formats)
    {
        foreach (var (factor, factorPrice) in Factors)
        {
            NumberNode scaled = factor == 1 ? source : new ScaledNumber(source, factor);
            var values = numbers.Select(number => number * factor).ToArray();
            foreach (var column in Shown(scaled, values, cost + factorPrice)) yield return column;
            foreach (var (step, stepPrice) in Steps)
            {
                foreach (var (rounding, price) in new[] { (RoundTo.Nearest, 0), (RoundTo.Down, 40), (RoundTo.Up, 60) })
                {
                    var rounded = values.Select(value => value is { } number ? RoundedNumber.Apply(number, step, rounding) : (decimal?)null).ToArray();
                    if (rounded.AsSpan().SequenceEqual(values)) continue;
                    foreach (var column in Shown(new RoundedNumber(scaled, step, rounding, 0), rounded,
                        cost + factorPrice + 60 + stepPrice + price)) yield return column;
                    if (rounding != RoundTo.Down || factor != 1) continue;
                    // The upper end of a range that begins at the multiple below.
                    foreach (var (shift, shiftPrice) in new[] { (step, 20), (step - 1, 40), (step - (step / 10), 60) })
                    {
                        if (shift <= 0) continue;
                        var moved = rounded.Select(value => value + shift).ToArray();
                        var begins = Shown(new RoundedNumber(scaled, step, rounding, 0), rounded, 0).ToList();
                        if (begins.Count == 0) continue;
                        foreach (var end in Shown(new RoundedNumber(scaled, step, rounding, shift), moved, 0))
                        {
                            foreach (var begin in begins.Where(begin => ((PrintedNumber)begin.Node).Format == ((PrintedNumber)end.Node).Format))
                            {
                                if (Ranges.Join(begin, end, goal,
                                    cost + 60 + stepPrice + price + shiftPrice + Prices.PrintedNumber + 60) is { } range) yield return range;
                            }
                        }
                    }
                }
            }
        }

        IEnumerable<Column> Shown(NumberNode number, decimal?[] values, int price)
        {
            foreach (var format in formats)
            {
                // Decimals are dropped by rounding alone, which says how.
                if (format.Style == Decimals.Fixed && values.Any(value => value is { } known && decimal.Round(known, format.Count) != known)) continue;
                // What was rounded was written by nobody.
                if (format.Style == Decimals.AsWritten && number is RoundedNumber) continue;
                var texts = values.Select(value => value is { } known ? format.Print(known, number is RoundedNumber) : null).ToArray();
                if (TextPool.IsUseful(texts, goal)) yield return new Column(new PrintedNumber(number, format), texts,
                    price + Prices.PrintedNumber + (format.WholeWidth * 5) + (format.Grouped ? 10 : 0) + format.Style switch
                    {
                        Decimals.AsWritten => 5, Decimals.AsFew => 15, _ => number is RoundedNumber ? 0 : 30,
                    });
            }
        }
    }

    /// <summary>The forms of the numbers that the outputs hold.</summary>
    static List<NumberFormat> Formats(Goal goal)
    {
        var number = new Pattern(@"\d[\d,]*(?:\.\d+)?");
        var shown = goal.Wanted.OfType<string>().SelectMany(number.FindAll).ToList();
        if (shown.Count == 0) return [];
        var decimals = shown.Select(text => text.IndexOf('.', StringComparison.Ordinal) is var at and >= 0 ? text.Length - at - 1 : 0).Distinct()
            .Where(count => count < 7).Order().ToList();
        var grouped = shown.Any(text => text.Contains(',', StringComparison.Ordinal)) ? new[] { true, false } : [false];
        // Zeros in front, with one width for all.
        var widths = shown.Where(text => text.Length > 1 && text[0] == '0' && text[1] != '.').Select(text => text.Split('.')[0].Length).Distinct()
            .Where(width => width is > 1 and < 16).Order().Take(4).Prepend(0).ToList();
        return
        [
            .. from width in widths
            from isGrouped in grouped
            where width == 0 || !isGrouped
            from format in decimals.Select(count => new NumberFormat(Decimals.Fixed, count, isGrouped, width))
                .Prepend(new NumberFormat(Decimals.AsFew, 0, isGrouped, width)).Prepend(new NumberFormat(Decimals.AsWritten, 0, isGrouped, width))
            select format,
        ];
    }
}
