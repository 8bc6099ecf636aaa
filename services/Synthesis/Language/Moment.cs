using System.Globalization;
using System.Text;
using AutoDev.Synthesis.Python;

namespace AutoDev.Synthesis.Language;

/// <summary>A date, a time or both, with what was really said in the text.</summary>
sealed record Moment(DateTime Value, bool HasYear, bool HasMonth, bool HasDay, bool HasHour, bool HasMinute, bool HasSecond);

/// <summary>Python's <c>strptime</c> for the directives used here, in the C locale.</summary>
static class Layout
{
    public static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static readonly string[] Weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static Moment? Parse(string text, string layout)
    {
        var parts = new Dictionary<char, int>();
        return Match(text, 0, layout, 0, parts) ? Build(parts) : null;
    }

    static Moment? Build(Dictionary<char, int> parts)
    {
        int? Part(char directive) => parts.TryGetValue(directive, out var value) ? value : null;
        var year = Part('Y') ?? (Part('y') is { } two ? two + (two <= 68 ? 2000 : 1900) : null);
        var month = Part('m') ?? Part('B') ?? Part('b');
        var day = Part('d');
        if (Part('j') is { } dayOfYear)
        {
            if (year is null || dayOfYear > (DateTime.IsLeapYear(year.Value) ? 366 : 365)) return null;
            var date = new DateTime(year.Value, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddDays(dayOfYear - 1);
            (month, day) = (date.Month, date.Day);
        }

        var hour = Part('H') ?? (Part('I') is { } twelve ? (twelve % 12) + (Part('p') == 1 ? 12 : 0) : null);
        if (year == 0 || day > DateTime.DaysInMonth(year ?? 1900, month ?? 1) || Part('S') > 59) return null;
        var value = new DateTime(year ?? 1900, month ?? 1, day ?? 1, hour ?? 0, Part('M') ?? 0, Part('S') ?? 0, DateTimeKind.Unspecified);
        return new Moment(value, year is not null, month is not null, day is not null, hour is not null, Part('M') is not null, Part('S') is not null);
    }

    static bool Match(string text, int at, string layout, int next, Dictionary<char, int> parts)
    {
        if (next == layout.Length) return at == text.Length;
        var c = layout[next];
        if (c != '%')
        {
            if (c != ' ') return at < text.Length && char.ToLowerInvariant(text[at]) == char.ToLowerInvariant(c)
                && Match(text, at + 1, layout, next + 1, parts);
            var end = at;
            while (end < text.Length && PythonText.IsSpace(text[end])) end++;
            return end > at && Match(text, end, layout, next + 1, parts);
        }

        var directive = layout[next + 1];
        if (directive is 'B' or 'b' or 'A' or 'a' or 'p')
        {
            var names = directive switch { 'B' or 'b' => Months, 'A' or 'a' => Weekdays, _ => ["AM", "PM"] };
            for (var i = 0; i < names.Length; i++)
            {
                var name = directive is 'b' or 'a' ? names[i][..3] : names[i];
                if (string.Compare(text, at, name, 0, name.Length, StringComparison.OrdinalIgnoreCase) != 0) continue;
                parts[directive] = directive == 'p' ? i : i + 1;
                if (Match(text, at + name.Length, layout, next + 2, parts)) return true;
                parts.Remove(directive);
            }

            return false;
        }

        // The longest reading first, as in strptime's regular expressions.
        var (least, most, width, low) = directive switch
        {
            'Y' => (4, 4, 9999, 0), 'y' => (2, 2, 99, 0), 'd' => (1, 2, 31, 1), 'm' => (1, 2, 12, 1), 'H' => (1, 2, 23, 0), 'I' => (1, 2, 12, 1),
            'j' => (1, 3, 366, 1),
            _ => (1, 2, 59, 0),
        };
        for (var length = most; length >= least; length--)
        {
            if (at + length > text.Length || !text.AsSpan(at, length).ContainsAnyExceptInRange('0', '9') is false) continue;
            var value = int.Parse(text.AsSpan(at, length), CultureInfo.InvariantCulture);
            if (value > width || value < low) continue;
            parts[directive] = value;
            if (Match(text, at + length, layout, next + 2, parts)) return true;
            parts.Remove(directive);
        }

        return false;
    }
}

/// <summary>A program that gives a date or time.</summary>
abstract class MomentNode
{
    public abstract string Key { get; }
    public abstract Moment? Evaluate(Inputs inputs);

    /// <summary>The name of the variable that holds it.</summary>
    public abstract string Emit(PythonBlock block);
}

/// <summary>Reads a text by the first layout that fits, after separators became blanks.</summary>
sealed class ParsedMoment(TextNode source, IReadOnlyList<string> layouts, bool ordinals) : MomentNode
{
    static readonly Pattern Separators = new(@"[\s,./-]+");
    static readonly Pattern Ordinals = new(@"(?<=\d)(?:st|nd|rd|th)\b", IgnoreCase: true);

    public override string Key { get; } = $"date({source.Key}, {string.Join(" | ", layouts)}{(ordinals ? ", ordinals" : "")})";

    static readonly Pattern September = new(@"\bsept\b", IgnoreCase: true);

    /// <summary>What the layouts are matched with.</summary>
    public static string Clean(string text, bool ordinals) =>
        PythonText.Strip(Separators.Replace(ordinals ? September.Replace(Ordinals.Replace(text, ""), "Sep") : text, " "));

    public override Moment? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } text ? Read(text) : null;

    public Moment? Read(string text)
    {
        var clean = Clean(text, ordinals);
        foreach (var layout in layouts)
        {
            if (Layout.Parse(clean, layout) is { } moment) return moment;
        }

        return null;
    }

    public override string Emit(PythonBlock block)
    {
        if (block.Knows(Key, out var known)) return known;
        block.Module.Import("re");
        block.Module.Import("datetime", "datetime");
        var text = source.Emit(block);
        var cleaned = block.Fresh("cleaned");
        if (ordinals)
        {
            block.Line($"{cleaned} = re.sub(r\"(?<=\\d)(?:st|nd|rd|th)\\b\", \"\", {text}, flags=re.IGNORECASE)");
            block.Line($"{cleaned} = re.sub(r\"\\bsept\\b\", \"Sep\", {cleaned}, flags=re.IGNORECASE)");
            text = cleaned;
        }

        block.Line($"{cleaned} = re.sub(r\"[\\s,./-]+\", \" \", {text}).strip()");
        var moment = block.Fresh("moment");
        var layout = block.Fresh("layout");
        block.Line($"{moment} = None");
        block.Line($"for {layout} in {block.Module.Tuple("LAYOUTS", layouts)}:");
        block.Line("    try:");
        block.Line($"        {moment} = datetime.strptime({cleaned}, {layout})");
        block.Line("        break");
        block.Line("    except ValueError:");
        block.Line("        continue");
        block.FailIf($"{moment} is None", "the text is not a date or time of a known form");
        block.Know(Key, moment);
        return moment;
    }
}

/// <summary>A moment rounded down to a step of minutes (counted from midnight, with an offset), then moved by seconds.</summary>
sealed class SteppedMoment(MomentNode source, int stepSeconds, RoundTo rounding, int shiftSeconds, int offsetSeconds) : MomentNode
{
    public override string Key { get; } = $"{source.Key} {rounding} {stepSeconds}s{offsetSeconds:+0;-0;+0}s {shiftSeconds:+0;-0;+0}s";
    int Shift => rounding switch { RoundTo.Down => -offsetSeconds, RoundTo.Up => stepSeconds - 1, _ => stepSeconds / 2 };

    public override Moment? Evaluate(Inputs inputs) => source.Evaluate(inputs) is { } moment ? Apply(moment) : null;

    public Moment? Apply(Moment moment)
    {
        var value = moment.Value;
        if ((!moment.HasHour && !moment.HasMinute) || value.Year is < 2 or > 9998) return null;
        var seconds = (value.Hour * 3600) + (value.Minute * 60) + value.Second;
        value = value.Date.AddSeconds(((int)Math.Floor((seconds + Shift) / (double)stepSeconds) * stepSeconds) + offsetSeconds);
        return moment with { Value = value.AddSeconds(shiftSeconds), HasHour = true, HasMinute = true, HasSecond = true };
    }

    public override string Emit(PythonBlock block)
    {
        if (block.Knows(Key, out var known)) return known;
        var moment = source.Emit(block);
        block.Module.Import("datetime", "timedelta");
        var midnight = block.Local(source.Key + " midnight", "midnight", $"{moment}.replace(hour=0, minute=0, second=0, microsecond=0)");
        var elapsed = $"({moment} - {midnight}).seconds";
        var steps = Shift == 0 ? $"{elapsed} // {stepSeconds}" : $"({elapsed} {(Shift < 0 ? "-" : "+")} {Math.Abs(Shift)}) // {stepSeconds}";
        var start = offsetSeconds == 0 ? "" : $" + {offsetSeconds}";
        var rounded = block.Local($"{source.Key} {rounding} {stepSeconds}s{offsetSeconds}s", "rounded",
            $"{midnight} + timedelta(seconds={steps} * {stepSeconds}{start})");
        return shiftSeconds == 0 ? rounded : block.Local(Key, "end", $"{rounded} + timedelta(seconds={shiftSeconds})");
    }
}

enum RoundTo { Down, Up, Nearest }

/// <summary>One printed part of a moment.</summary>
sealed class MomentPart(MomentNode moment, MomentField shown) : TextNode
{
    public override string Key => $"{moment.Key}.{shown.Name}";
    public override string? Evaluate(Inputs inputs) => moment.Evaluate(inputs) is { } value ? shown.Print(value) : null;

    public override string Emit(PythonBlock block)
    {
        var name = moment.Emit(block);
        if (shown.Directive is { } directive) return $"{name}.strftime(\"{directive}\")";
        var expression = shown.Of(name);
        return expression.Contains('"', StringComparison.Ordinal) ? $"({expression})" : shown.Suffix is { } suffix ? $"f\"{{{expression}{suffix}}}\""
            : $"str({expression})";
    }

    public override string EmitField(PythonBlock block)
    {
        var name = moment.Emit(block);
        if (shown.Directive is { } directive) return $"{name}:{directive}";
        var expression = shown.Of(name);
        return expression.Contains('"', StringComparison.Ordinal) ? block.Local(Key, "part", expression) : expression + shown.Suffix;
    }

    /// <summary>One strftime for a concatenation that is nothing but standard parts of one moment; null for any other.</summary>
    public static string? EmitTogether(IReadOnlyList<TextNode> parts, PythonBlock block)
    {
        MomentPart? first = null;
        var layout = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is Constant { Text: var text } && text.All(char.IsAscii)) layout.Append(text.Replace("%", "%%", StringComparison.Ordinal));
            else if (part is MomentPart { Shown.Directive: { } directive } piece && (first is null || first.MomentKey == piece.MomentKey))
            {
                first ??= piece;
                layout.Append(directive);
            }
            else return null;
        }

        return first is null ? null : $"{first.EmitMoment(block)}.strftime({PythonLiteral.Text(layout.ToString())})";
    }

    public MomentField Shown => shown;
    public MomentNode Moment => moment;
    string MomentKey => moment.Key;
    string EmitMoment(PythonBlock block) => moment.Emit(block);
}

/// <summary>How a part of a moment is printed: a strftime directive, or an expression over the variable.</summary>
sealed record MomentField(string Name, string? Directive, string Expression, string? Suffix, Func<Moment, bool> IsKnown, Func<DateTime, string> Format)
{
    public string? Print(Moment moment) => IsKnown(moment) ? Format(moment.Value) : null;
    public string Of(string variable) => Expression.Replace("$", variable, StringComparison.Ordinal);

    static MomentField Standard(string name, string directive, Func<Moment, bool> known, string format) =>
        new(name, directive, "", null, known, value => value.ToString(format, CultureInfo.InvariantCulture));

    static MomentField Computed(string name, string expression, Func<Moment, bool> known, Func<DateTime, string> format, string? suffix = null) =>
        new(name, null, expression, suffix, known, format);

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static bool HasDate(Moment moment) => moment is { HasYear: true, HasMonth: true, HasDay: true };

    public static readonly IReadOnlyList<MomentField> All =
    [
        // Python pads no year; four digits are all that strptime reads.
        new("year", "%Y", "", null, moment => moment is { HasYear: true, Value.Year: >= 1000 }, value => Text(value.Year)),
        Standard("month name", "%B", moment => moment.HasMonth, "MMMM"),
        Standard("short month name", "%b", moment => moment.HasMonth, "MMM"),
        Standard("two-digit month", "%m", moment => moment.HasMonth, "MM"),
        Standard("two-digit day", "%d", moment => moment.HasDay, "dd"),
        Standard("two-digit hour", "%H", moment => moment.HasHour, "HH"),
        Standard("two-digit twelve-hour", "%I", moment => moment.HasHour, "hh"),
        Standard("two-digit minute", "%M", moment => moment.HasMinute, "mm"),
        Standard("two-digit second", "%S", moment => moment.HasSecond, "ss"),
        Standard("half of the day", "%p", moment => moment.HasHour, "tt"),
        Standard("weekday", "%A", HasDate, "dddd"),
        Standard("short weekday", "%a", HasDate, "ddd"),
        Standard("two-digit year", "%y", moment => moment.HasYear, "yy"),
        Computed("month", "$.month", moment => moment.HasMonth, value => Text(value.Month)),
        Computed("day", "$.day", moment => moment.HasDay, value => Text(value.Day)),
        Computed("hour", "$.hour", moment => moment.HasHour, value => Text(value.Hour)),
        Computed("twelve-hour", "($.hour - 1) % 12 + 1", moment => moment.HasHour, value => Text(((value.Hour + 11) % 12) + 1)),
        Computed("minute", "$.minute", moment => moment.HasMinute, value => Text(value.Minute)),
        Computed("second", "$.second", moment => moment.HasSecond, value => Text(value.Second)),
        Computed("quarter", "($.month + 2) // 3", moment => moment.HasMonth, value => Text((value.Month + 2) / 3)),
        Computed("small half of the day", "\"am\" if $.hour < 12 else \"pm\"", moment => moment.HasHour, value => value.Hour < 12 ? "am" : "pm"),
        Computed("ISO week", "$.isocalendar()[1]", HasDate, value => Text(ISOWeek.GetWeekOfYear(value))),
        Computed("two-digit ISO week", "$.isocalendar()[1]", HasDate, value =>
            ISOWeek.GetWeekOfYear(value).ToString("00", CultureInfo.InvariantCulture), ":02d"),
        Computed("week of the month", "($.day - 1) // 7 + 1", moment => moment.HasDay, value => Text(((value.Day - 1) / 7) + 1)),
        Computed("day of the year", "$.timetuple().tm_yday", HasDate, value => Text(value.DayOfYear)),
        Computed("ordinal suffix", "\"th\" if 10 < $.day < 14 else {1: \"st\", 2: \"nd\", 3: \"rd\"}.get($.day % 10, \"th\")", moment =>
            moment.HasDay, value => Ordinal(value.Day)),
        Computed("upper-case short month name", "$.strftime(\"%b\").upper()", moment => moment.HasMonth, value =>
            value.ToString("MMM", CultureInfo.InvariantCulture).ToUpperInvariant()),
        Computed("upper-case month name", "$.strftime(\"%B\").upper()", moment => moment.HasMonth, value =>
            value.ToString("MMMM", CultureInfo.InvariantCulture).ToUpperInvariant()),
        Computed("lower-case short month name", "$.strftime(\"%b\").lower()", moment => moment.HasMonth, value =>
            value.ToString("MMM", CultureInfo.InvariantCulture).ToLowerInvariant()),
        Computed("lower-case month name", "$.strftime(\"%B\").lower()", moment => moment.HasMonth, value =>
            value.ToString("MMMM", CultureInfo.InvariantCulture).ToLowerInvariant()),
    ];

    static string Ordinal(int day) => day is > 10 and < 14 ? "th" : (day % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" };
}
