using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Finds the columns that can be read as dates or times, and offers their parts.</summary>
static class MomentSearch
{
    const int MostSources = 80;

    static readonly string[] Times = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%I%p", "%I %p"];
    static readonly string[] YearFirst = ["%Y %m %d", "%Y%m%d", "%Y %b %d", "%Y %B %d"];
    static readonly string[] DayFirst = ["%d %m %Y", "%d%m%Y"];
    static readonly string[] MonthFirst = ["%m %d %Y", "%m%d%Y"];
    static readonly string[] Named = ["%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y"];
    static readonly string[] NamedShortYear = ["%B %d %y", "%b %d %y", "%d %B %y", "%d %b %y"];
    static readonly string[] Partial = ["%B %Y", "%b %Y", "%Y", "%m %Y", "%B %d", "%b %d", "%d %B", "%d %b", "%B", "%b"];

    public static IEnumerable<Column> Learn(Goal goal, IReadOnlyList<Column> texts, Deadline deadline)
    {
        var tried = 0;
        foreach (var column in texts.OrderBy(column => column.Cost))
        {
            var known = column.Values.OfType<string>().ToList();
            if (known.Count * 2 < column.Values.Length || known.Any(text => text.Length is < 3 or > 45) || !known.Any(text => text.Any(char.IsAsciiDigit))) continue;
            if (++tried > MostSources) yield break;
            deadline.Check();
            foreach (var moment in Readings(column)) foreach (var part in PartsOf(moment, column, goal)) yield return part;
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
            string[] dates = [.. Named, .. YearFirst, .. numeric, shortNumeric, .. NamedShortYear];
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
            // Who writes month names writes them in any of these forms.
            if (used.Exists(Named.Contains)) used.AddRange(Named.Where(layout => !used.Contains(layout)));
            used = layouts.Where(used.Contains).ToList();
            if (seen.Add(string.Join('|', used))) yield return new ParsedMoment(column.Node, used, ordinals: used.Exists(layout => layout.Contains("%d %B", StringComparison.Ordinal) || layout.Contains("%B %d", StringComparison.Ordinal)));
        }
    }

    static IEnumerable<Column> PartsOf(ParsedMoment moment, Column column, Goal goal)
    {
        var moments = column.Values.Select(text => text is null ? null : moment.Read(text)).ToArray();
        foreach (var field in MomentField.All)
        {
            var values = moments.Select(value => value is null ? null : field.Print(value)).ToArray();
            var useful = 0;
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] is { Length: > 0 } value && goal.Wanted[i] is { } wanted && wanted.Contains(value, StringComparison.Ordinal)) useful++;
            }

            if (useful * 3 < values.Length || useful == 0) continue;
            yield return new Column(new MomentPart(moment, field), values, column.Cost + Prices.MomentPart + (field.Directive is null ? 15 : 0));
        }
    }
}
