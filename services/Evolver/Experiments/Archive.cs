using AutoDev.Evolver.Mutators;

namespace AutoDev.Evolver.Experiments;

/// <summary>
/// The good forms of an experiment, kept apart by memory and length so that an odd but promising one is not crowded out: MAP-Elites (J.-B. Mouret, J. Clune,
/// "Illuminating search spaces by mapping elites", 2015). Each cell holds the best form of its kind. The same variants and seed give the same choices.
/// </summary>
public sealed class Archive
{
    // Half a power of two of the original's memory or length makes another kind.
    const double CellsPerDoubling = 2;

    readonly Experiment _experiment;

    Archive(Experiment experiment, IReadOnlyList<Variant> elites) => (_experiment, Elites) = (experiment, elites);

    /// <summary>The best of each cell, the best of all first.</summary>
    public IReadOnlyList<Variant> Elites { get; }

    /// <summary>The best of all; <c>null</c> where nothing is known yet.</summary>
    public Variant? Best => Elites is [var first, ..] ? first : null;

    /// <summary>Made of all variants of an experiment, in whatever order.</summary>
    public static Archive Of(Experiment experiment, IEnumerable<Variant> variants) => new(
        experiment,
        [
            .. variants.Where(v => v.IsSound && (v.Speedup is not null || v.Mended > 0)).GroupBy(v => CellOf(v, experiment.Source.Length))
                .Select(cell => InOrder(cell).First()).OrderByDescending(v => v.Mended).ThenByDescending(ScoreOf).ThenBy(v => v.Number),
        ]);

    /// <summary>
    /// How much better a form is than the original, 1 for as good: how many times as fast, or as sparing with memory where it is no slower.
    /// </summary>
    public static double ScoreOf(Variant variant)
    {
        var speed = variant.Speedup?.Ratio ?? 1;
        return speed >= 1 / Contests.Speedup.LeastWin ? Math.Max(speed, variant.MemoryRatio ?? 1) : speed;
    }

    /// <summary>Whether the first is better than the second beyond what one rough measurement can tell; anything sound is better than nothing.</summary>
    public static bool IsBetter(Variant one, Variant? other) => other is null
        ? one.Mended > 0 || ScoreOf(one) > Contests.Speedup.LeastWin
        : one.Mended > other.Mended || one.Mended == other.Mended && ScoreOf(one) > ScoreOf(other) * Contests.Speedup.LeastWin;

    /// <summary>What a mutator shall change next, and another form whose ideas it may take over. In the first iteration there is only the original.</summary>
    /// <param name="mutator">The mutator's place among those that are asked, so that two get different ones.</param>
    public (Form Parent, Form? Other) Choose(int mutator)
    {
        if (Elites.Count == 0) return (_experiment.Original(), null);
        var draw = new Random(unchecked(_experiment.Seed * 1_000_003 + _experiment.Iteration * 101 + mutator));

        // Every other time the best; else any, the original among them, since the way up may begin elsewhere.
        var at = draw.Next(2) == 0 ? 0 : draw.Next(Elites.Count + 1);
        var others = Elites.Where((_, i) => i != at).ToList();
        return (at < Elites.Count ? FormOf(Elites[at]) : _experiment.Original(), others.Count == 0 ? null : FormOf(others[draw.Next(others.Count)]));
    }

    static IOrderedEnumerable<Variant> InOrder(IEnumerable<Variant> variants) =>
        variants.OrderByDescending(v => v.Mended).ThenByDescending(ScoreOf).ThenBy(v => v.Size).ThenBy(v => v.Number);

    static (int Memory, int Size) CellOf(Variant variant, int originalSize) =>
        (Step(variant.MemoryRatio ?? 1), Step((double)variant.Size / Math.Max(originalSize, 1)));

    static int Step(double ratio) => (int)Math.Round(Math.Log2(Math.Max(ratio, 1e-3)) * CellsPerDoubling);

    static Form FormOf(Variant variant) => new(variant.Key, variant.Source, variant.Rules);
}
