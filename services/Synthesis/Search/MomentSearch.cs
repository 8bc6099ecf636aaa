using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Finds the columns that can be read as dates or times, and offers their parts.</summary>
static class MomentSearch
{
    const int MostSources = 80;

    static readonly string[] Times = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%I%p", "%I %p", "%H:%M:%S %p", "%H:%M %p", "%M:%S"];
    static readonly string[] YearFirst = ["%Y %m %d", "%Y%m%d", "%Y %b %d", "%Y %B %d"];
    static readonly string[] DayFirst = ["%d %m %Y", "%d%m%Y"];
    static readonly string[] MonthFirst = ["%m %d %Y", "%m%d%Y"];
    static readonly string[] YearAndDay = ["%Y %j"];
    static readonly string[] Named = ["%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y"];
    static readonly string[] NamedShortYear = ["%B %d %y", "%b %d %y", "%d %B %y", "%d %b %y"];
    static readonly string[] Partial = ["%B %Y", "%b %Y", "%Y", "%m %Y", "%B %d", "%b %d", "%d %B", "%d %b", "%B", "%b"];

    public static IEnumerable<Column> Learn(Goal goal, IReadOnlyList<Column> texts, Deadline deadline)
    {
        var tried = 0;
        foreach (var column in texts.OrderBy(column => column.Cost))
        {
            var known = column.Values.OfType<string>().ToList();
            if (known.Count * 2 < column.Values.Length || known.Any(text => text.Length is < 3 or > 45)
                || !known.Any(text => text.Any(char.IsAsciiDigit))) continue;
            if (++tried > MostSources) yield break;
            deadline.Check();
            foreach (var (moment, source) in Readings(column).Select(moment => (moment, column)).Concat(Clock(column, goal)))
            {
                var moments = source.Values.Select(text => text is null ? null : moment.Read(text)).ToArray();
                foreach (var part in PartsOf(moment, moments, column.Cost, goal)) yield return part;
                foreach (var part in SteppedPartsOf(moment, moments, column.Cost, goal)) yield return part;
            }
        }
    }

    /// <summary>Three or four digits are a time of day where the outputs are times.</summary>
    static IEnumerable<(ParsedMoment Moment, Column Source)> Clock(Column column, Goal goal)
    {
        if (column.Values.OfType<string>().All(text => text.Length is 3 or 4 && text.All(char.IsAsciiDigit))
            && goal.Wanted.OfType<string>().All(text => text.Contains(':', StringComparison.Ordinal) || text.EndsWith("AM", StringComparison.Ordinal)
                || text.EndsWith("PM", StringComparison.Ordinal)))
        {
            var padded = new Column(new Stepped(column.Node, new ZeroPadded(4)), [.. column.Values.Select(text => text?.PadLeft(4, '0'))], column.Cost);
            yield return (new ParsedMoment(padded.Node, ["%H%M"], ordinals: false), padded);
        }
    }

    /// <summary>Day first or month first is one decision for the whole column.</summary>
    static IEnumerable<ParsedMoment> Readings(Column column)
    {
        var texts = column.Values.OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var numeric in new[] { MonthFirst, DayFirst })
        {
            var shortNumeric = numeric == MonthFirst ? "%m %d %y" : "%d %m %y";
            // Seven digits without separators are month, day and year: read year first, they would be of the year 3302.
            string[] dates = [.. Named, .. numeric, .. YearFirst, shortNumeric, .. NamedShortYear, .. YearAndDay];
            var layouts = dates.Concat(dates.Select(date => "%A " + date)).Concat(dates.Select(date => "%a " + date))
                .Concat(dates.SelectMany(date => Times.SelectMany(time => new[] { $"{date} {time}", $"{date}T{time}", $"{date}T{time}Z" })))
                .Concat(Times).Concat(Partial).ToList();
            var used = new List<string>();
            var isRead = true;
            foreach (var text in texts)
            {
                var clean = ParsedMoment.Clean(text, ordinals: true);
                if (used.Exists(layout => Layout.Parse(clean, layout) is not null)) continue;
                if (layouts.Find(layout => Layout.Parse(clean, layout) is not null) is { } fitting) used.Add(fitting);
                else if (texts.Count < 3) { isRead = false; break; }
            }

            if (!isRead || used.Count == 0) continue;
            // One text that has too many hours shows that all are minutes.
            if (used.Contains("%M:%S")) used.Remove("%H:%M");
            // Who writes dates in one form meets other unmistakable forms, too.
            if (used.Exists(layout => dates.Contains(layout)))
                used.AddRange(Named.Concat(YearFirst).Concat(YearAndDay).Concat(numeric).Concat(numeric == MonthFirst ? DayFirst : MonthFirst).Append(shortNumeric)
                    .Append(numeric == MonthFirst ? "%d %m %y" : "%m %d %y").Where(layout => !used.Contains(layout)));
            // Who writes the half of the day may write hours beyond twelve, too, or hour zero.
            used.AddRange(used.Where(layout => layout.Contains("%I", StringComparison.Ordinal)).Select(layout => layout.Replace("%I", "%H", StringComparison.Ordinal))
                .Where(layout => !used.Contains(layout)).ToList());
            foreach (var time in Times)
            {
                if (used.Exists(layout => layout.EndsWith(" " + time, StringComparison.Ordinal)))
                    used.AddRange(Named.Concat(YearFirst).Concat(numeric).SelectMany(date => new[] { $"{date} {time}", date })
                        .Where(layout => !used.Contains(layout)));
            }

            used = used.Distinct(StringComparer.Ordinal).OrderBy(layout => layouts.IndexOf(layout) is var at and >= 0 ? at : int.MaxValue).ToList();
            if (seen.Add(string.Join('|', used))) yield return new ParsedMoment(column.Node, used,
                ordinals: used.Exists(layout => layout.Contains("%d %B", StringComparison.Ordinal) || layout.Contains("%B %d", StringComparison.Ordinal)));
        }
    }

    static IEnumerable<Column> PartsOf(MomentNode moment, Moment?[] moments, int cost, Goal goal)
    {
        foreach (var field in MomentField.All)
        {
            var values = moments.Select(value => value is null ? null : field.Print(value)).ToArray();
            if (TextPool.IsUseful(values, goal)) yield return new Column(new MomentPart(moment, field), values,
                cost + Prices.MomentPart + (field.Directive is null ? 15 : 0));
        }
    }

    // Times are written whole: "6PM", "18:30". Names of fields, and the text between them.
    static readonly (string[] Fields, int Price)[] Clocks =
    [
        (["hour", ":", "two-digit minute"], 0), (["two-digit hour", ":", "two-digit minute"], 0),
            (["twelve-hour", ":", "two-digit minute", "half of the day"], 0),
        (["twelve-hour", "half of the day"], 0), (["twelve-hour", ":", "two-digit minute", " ", "half of the day"], 0),
            (["twelve-hour", " ", "half of the day"], 0),
        (["twelve-hour", ":", "two-digit minute", ":", "two-digit second", "half of the day"], 0), (["hour"], 10), (["minute"], 30),
            (["twelve-hour", ":", "two-digit minute"], 20),
        (["minute", ":", "two-digit second"], 20), (["two-digit minute", ":", "two-digit second"], 20),
        (["twelve-hour", "small half of the day"], 0), (["twelve-hour", ":", "two-digit minute", "small half of the day"], 0), (["two-digit hour"], 20),
        (["two-digit hour", ":", "two-digit minute", ":", "two-digit second"], 0), (["hour", ":", "two-digit minute", ":", "two-digit second"], 0),
    ];

    static readonly (int Seconds, int Price)[] Rasters =
        [(3600, 0), (1800, 0), (900, 10), (7200, 10), (600, 20), (1200, 20), (300, 20), (5400, 40), (10800, 40), (14400, 50), (21600, 50), (60, 40)];

    /// <summary>Times rounded to a raster, with the end of the stretch they begin.</summary>
    static IEnumerable<Column> SteppedPartsOf(MomentNode moment, Moment?[] moments, int cost, Goal goal)
    {
        if (!moments.Any(value => value is { HasHour: true } or { HasMinute: true })) yield break;
        foreach (var (part, _) in Written(moment, moments, cost + Prices.MomentPart + 40, goal)) yield return part;
        foreach (var (seconds, rasterPrice) in Rasters)
        {
            foreach (var (rounding, offset, price) in new[] { (RoundTo.Down, 0, 0), (RoundTo.Nearest, 0, 60), (RoundTo.Up, 0, 70),
                (RoundTo.Down, seconds / 2, 110) })
            {
                var begin = new SteppedMoment(moment, seconds, rounding, 0, offset);
                var beginPrice = cost + Prices.MomentPart + 60 + rasterPrice + price;
                foreach (var (part, _) in Shown(begin, beginPrice)) yield return part;
                if (rounding != RoundTo.Down) continue;
                var begins = Shown(begin, beginPrice).ToList();
                if (begins.Count == 0) continue;
                foreach (var (shift, shiftPrice) in new[] { (seconds, 20), (seconds - 60, 40), (seconds - 1, 40), (seconds - 600, 70) })
                {
                    if (shift <= 0) continue;
                    foreach (var (end, clock) in Shown(new SteppedMoment(moment, seconds, rounding, shift, offset), beginPrice + shiftPrice))
                    {
                        foreach (var (start, _) in begins.Where(start => start.Clock == clock))
                        {
                            if (Ranges.Join(start, end, goal, beginPrice + shiftPrice + 60) is { } range) yield return range;
                        }
                    }
                }
            }
        }

        IEnumerable<(Column Part, int Clock)> Shown(SteppedMoment stepped, int price) =>
            Written(stepped, moments.Select(value => value is null ? null : stepped.Apply(value)).ToArray(), price, goal);
    }

    static IEnumerable<(Column Part, int Clock)> Written(MomentNode moment, Moment?[] times, int price, Goal goal)
    {
        for (var clock = 0; clock < Clocks.Length; clock++)
        {
            var (fields, clockPrice) = Clocks[clock];
            // On the full hour the minutes say nothing.
            if (fields is ["minute"] && Array.TrueForAll(times, time => time is null or { Value.Minute: 0 })) continue;
            TextNode[] parts = [.. fields.Select<string, TextNode>(name => MomentField.All.FirstOrDefault(field => field.Name == name) is { } field
                ? new MomentPart(moment, field) : new Constant(name))];
            var values = times.Select(time => time is null ? null : Text(parts, time)).ToArray();
            if (TextPool.IsUseful(values, goal)) yield return (new Column(parts.Length == 1 ? parts[0]
                : new Concatenation(parts), values, price + clockPrice), clock);
        }
    }

    static string? Text(TextNode[] parts, Moment time)
    {
        var texts = parts.Select(part => part is MomentPart { Shown: var field } ? field.Print(time) : ((Constant)part).Text).ToList();
        return texts.Contains(null) ? null : string.Concat(texts);
    }
}
