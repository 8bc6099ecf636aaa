using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Search;

/// <summary>Tells a program that says something about the task from one that merely spells the examples out of scraps.</summary>
static class Plausibility
{
    const int MostScraps = 2;

    public static bool IsScrapwork(TextNode program, IReadOnlyList<Inputs> rows) => program switch
    {
        Choice or FirstOf => program.Children.Any(child => IsScrapwork(child, rows)),
        _ => program.Children.Append(program).Distinct().Where(part => part is not Concatenation).Sum(part => Scraps(part, rows)) > MostScraps,
    };

    /// <summary>Cuts at positions that nothing in the text marks, and initials of things that are no names.</summary>
    static int Scraps(TextNode part, IReadOnlyList<Inputs> rows) => part.WithDescendants().OfType<Stepped>().Sum(stepped => stepped.Step switch
    {
        Slice { Start: null, End: 1 } => 0,
        Slice when IsCode(stepped.Source, rows) => 0,
        Slice => 1,
        JoinParts { Separator: not null, Each: not ("part" or "part.strip()") } => 1,
        _ => 0,
    });

    /// <summary>Letters and digits of one length: positions in it have a meaning.</summary>
    static bool IsCode(TextNode source, IReadOnlyList<Inputs> rows)
    {
        var texts = rows.Select(source.Evaluate).OfType<string>().ToList();
        return texts.TrueForAll(text => text.Length == texts[0].Length && text.All(char.IsLetterOrDigit));
    }
}
