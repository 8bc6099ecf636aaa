using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Tells a program that says something about the task from one that merely spells the examples out of scraps.</summary>
static class Plausibility
{
    public static bool IsScrapwork(TextNode program, IReadOnlyList<Inputs> rows)
    {
        // Few examples are met by accident more easily.
        return Scraps(program, rows) > (rows.Count < 3 ? 1 : 2);
    }

    /// <summary>How many pieces of the program are made without a reason that can be seen.</summary>
    public static int Scraps(TextNode program, IReadOnlyList<Inputs> rows)
    {
        var parts = program is Concatenation ? program.Children.ToList() : [program];
        return parts.Sum(part => Cuts(part, rows)) + Glued(parts, rows[0]);
    }

    /// <summary>Cuts at positions that nothing in the text marks, and initials of things that are no names.</summary>
    static int Cuts(TextNode part, IReadOnlyList<Inputs> rows) => part.WithDescendants().OfType<Stepped>().Sum(stepped => stepped.Step switch
    {
        Slice { Start: null, End: 1 } => 0,
        Slice when IsCode(stepped.Source, rows) => 0,
        Slice => 1,
        JoinParts { Separator: not null, Each: not ("part" or "part.strip()") } => 1,
        _ => 0,
    });

    /// <summary>Places where a constant completes a word that a cut began, or the other way round.</summary>
    static int Glued(List<TextNode> parts, Inputs row)
    {
        var glued = 0;
        for (var i = 1; i < parts.Count; i++)
        {
            if (parts[i - 1] is not Constant && parts[i] is not Constant) continue;
            if (parts[i - 1].Evaluate(row) is { Length: > 0 } left && parts[i].Evaluate(row) is { Length: > 0 } right && char.IsLetter(left[^1])
                && char.IsLetter(right[0])) glued++;
        }

        return glued;
    }

    /// <summary>Letters and digits of one length: positions in it have a meaning.</summary>
    static bool IsCode(TextNode source, IReadOnlyList<Inputs> rows)
    {
        var texts = rows.Select(source.Evaluate).OfType<string>().ToList();
        return texts.TrueForAll(text => text.Length == texts[0].Length && text.All(char.IsLetterOrDigit));
    }
}
