using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>
/// Decides between "7" and "07" where the examples do not: days beside a month's name are not padded, days beside a number are padded as the month is.
/// </summary>
static class MomentStyle
{
    public static TextNode Settle(TextNode program, IReadOnlyList<Inputs> rows)
    {
        if (program is MomentPart alone && Settle(new Concatenation([alone]), rows).Children.ToList() is [var settled]) return settled;
        if (program is not Concatenation concatenation) return program;
        var parts = concatenation.Children.ToList();
        var fields = parts.OfType<MomentPart>().ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            // "Q1" is a quarter, and weeks are written 2026W07.
            if (i > 0 && parts[i - 1] is Constant { Text: var before } && parts[i] is MomentPart { Shown.Name: "month" or "ISO week" } numbered)
            {
                var isWeek = numbered.Shown.Name == "ISO week" && before.EndsWith('W') && i > 1 && parts[i - 2] is MomentPart { Shown.Name: "year" };
                var isQuarter = numbered.Shown.Name == "month" && before.EndsWith('Q');
                var meant = new MomentPart(numbered.Moment, MomentField.All.First(field => field.Name == (isWeek ? "two-digit ISO week" : "quarter")));
                if ((isWeek || isQuarter) && rows.All(row => meant.Evaluate(row) == numbered.Evaluate(row))) parts[i] = meant;
                continue;
            }

            if (parts[i] is not MomentPart { Shown.Name: "two-digit day" or "two-digit month" or "two-digit hour" } part) continue;
            var plain = new MomentPart(part.Moment, MomentField.All.First(field => field.Name == part.Shown.Name["two-digit ".Length..]));
            if (rows.Any(row => plain.Evaluate(row) != part.Evaluate(row))) continue;
            var isBesideName = part.Shown.Name == "two-digit day" && fields.Exists(field => field.Shown.Name is "month name" or "short month name");
            var isBesidePlain = fields.Exists(field => field.Shown.Name is "month" or "day" or "hour" or "twelve-hour");
            if (isBesideName || isBesidePlain || parts.Count == 1) parts[i] = plain;
        }

        return new Concatenation(parts);
    }
}
