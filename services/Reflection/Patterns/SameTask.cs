using System.Numerics.Tensors;
using System.Text.RegularExpressions;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// Decides whether a failure is of the same task as others of its agent: by the rare words that both descriptions have, by what they mean, and by the errors as second
/// evidence. How alike is enough is judged against how alike the agent's other tasks are. Wrong merges cost most, so that doubt separates.
/// The constants were found by measurement (deploy/autodev eval patterns), none by taste: docs/same-task.md.
/// </summary>
static partial class SameTask
{
    const double SharedWords = 0.4, Meaning = 0.5;

    /// <summary>How alike a failure and a pattern must be where the agent's other patterns are as unlike as unrelated texts are.</summary>
    const double Threshold = 0.445;

    /// <summary>By how much more, where the others are more alike on average, and where they differ in that more.</summary>
    const double PerBackground = 0.42, PerSpread = 0.19;

    /// <summary>The background of an agent without patterns, and how many patterns it takes to outweigh it.</summary>
    const double BackgroundMean = 0.2, BackgroundSpread = 0.1, BackgroundWeight = 5;

    /// <summary>For errors that are wholly alike; those less alike than <see cref="ErrorsOfAnyTwo"/> speak against it.</summary>
    const double ErrorEvidence = 0.195, ErrorsOfAnyTwo = 0.33;

    /// <summary>A pattern is as near as its nearest phrasing by this share, and as all of them on average by the rest.</summary>
    const double Nearest = 0.56;

    /// <summary>How many texts must be seen until their words' rarity counts as much as what is known of English.</summary>
    const double PriorTexts = 5.8;

    const double RarityPower = 1.85, TellingPower = 0.345;

    /// <summary>Of more patterns only the nearest in meaning are looked at closely.</summary>
    const int LookedAt = 64;

    const int ErrorLength = 300, ErrorLines = 3;

    /// <summary>Pure: the pattern that this failure is one of, or <c>null</c> where it begins a new one.</summary>
    /// <param name="patterns">All that the agent has; the rarity of words is learned from them.</param>
    /// <param name="failure">As it was put.</param>
    public static FailurePattern? Find(IEnumerable<FailurePattern> patterns, Phrasing failure)
    {
        var known = patterns.Where(p => p.Phrasings.Count > 0).ToList();
        if (known.Count == 0) return null;
        var rarity = Rarity.Of(known.SelectMany(p => p.Phrasings).Append(failure));
        var put = rarity.Weigh(failure);
        var scores = Nearby(known, put, rarity).Select(p => (Pattern: p, Score: Score(put, p, rarity))).OrderByDescending(s => s.Score).ThenByDescending(s => s.Pattern.LastFailureAt).ToList();
        return scores[0].Score >= ThresholdAmong([.. scores.Skip(1).Select(s => s.Score)]) ? scores[0].Pattern : null;
    }

    /// <summary>Of what happened, what tells errors apart: the last lines that name an error, else the last line. <c>null</c> for nothing.</summary>
    internal static string? ErrorSignature(string? trace)
    {
        if (string.IsNullOrWhiteSpace(trace)) return null;
        var lines = trace.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var naming = lines.Where(l => Error().IsMatch(l)).TakeLast(ErrorLines).ToList();
        var said = Place().Replace(string.Join(' ', naming.Count > 0 ? naming : [lines[^1]]), " ");
        return said.Length > ErrorLength ? said[..ErrorLength] : said;
    }

    static double Score(Weighed put, FailurePattern pattern, Rarity rarity)
    {
        var each = pattern.Phrasings.Select(p => Similarity(put, rarity.Weigh(p))).ToList();
        return (Nearest * each.Max()) + ((1 - Nearest) * each.Average());
    }

    /// <summary>About 0 (nothing in common) to 1.</summary>
    static double Similarity(Weighed left, Weighed right)
    {
        var score = (SharedWords * Shared(left, right)) + (Meaning * Math.Max(0, TensorPrimitives.Dot<float>(left.Meaning, right.Meaning)));
        if (left.Error is null || right.Error is null) return score;
        double both = left.Error.Words.Count(right.Error.Words.Contains);
        return score + (ErrorEvidence * ((both / Math.Max(1, left.Error.Words.Count + right.Error.Words.Count - both)) - ErrorsOfAnyTwo));
    }

    /// <summary>
    /// The share of both texts' weight that the other has too, slips of the pen included (Mihalcea, Corley and Strapparava 2006, with the letters as similarity of words).
    /// </summary>
    static double Shared(Weighed left, Weighed right)
    {
        var (inLeft, total) = (0.0, left.Total + right.Total);
        var best = new double[right.Text.Words.Count];
        for (var i = 0; i < left.Text.Words.Count; i++)
        {
            var most = 0.0;
            for (var j = 0; j < best.Length; j++)
            {
                var alike = left.Text.Words[i].Alike(right.Text.Words[j]);
                most = Math.Max(most, alike);
                best[j] = Math.Max(best[j], alike);
            }

            inLeft += left.Weights[i] * most;
        }

        return total == 0 ? 0 : (inLeft + TensorPrimitives.Dot<double>(best, right.Weights)) / total;
    }

    /// <summary>Where everything that an agent does is much alike, being alike says less (adaptive score normalisation, as in speaker verification).</summary>
    static double ThresholdAmong(IReadOnlyList<double> others)
    {
        var weight = others.Count + BackgroundWeight;
        var mean = (others.Sum() + (BackgroundWeight * BackgroundMean)) / weight;
        var square = (others.Sum(s => s * s) + (BackgroundWeight * ((BackgroundMean * BackgroundMean) + (BackgroundSpread * BackgroundSpread)))) / weight;
        var spread = Math.Sqrt(Math.Max(0, square - (mean * mean)));
        return Threshold + (PerBackground * (mean - BackgroundMean)) + (PerSpread * (spread - BackgroundSpread));
    }

    static IEnumerable<FailurePattern> Nearby(List<FailurePattern> patterns, Weighed put, Rarity rarity) => patterns.Count <= LookedAt
        ? patterns
        : patterns.OrderByDescending(p => p.Phrasings.Max(q => TensorPrimitives.Dot<float>(put.Meaning, rarity.Weigh(q).Meaning))).Take(LookedAt);

    /// <summary>A phrasing with the weight of each of its words among the agent's.</summary>
    sealed record Weighed(TaskText Text, double[] Weights, double Total, float[] Meaning, TaskText? Error);

    /// <summary>How rare each word is: from English, and more and more from the texts that are there (inverse document frequency with a prior).</summary>
    sealed class Rarity
    {
        readonly Dictionary<TaskWord, int> _texts = [];
        readonly Dictionary<Phrasing, Weighed> _weighed = [];
        int _count;

        public static Rarity Of(IEnumerable<Phrasing> phrasings)
        {
            var rarity = new Rarity();
            foreach (var phrasing in phrasings)
            {
                rarity._count++;
                foreach (var word in TaskText.Of(phrasing.Task).Words) rarity._texts[word] = rarity._texts.GetValueOrDefault(word) + 1;
            }

            return rarity;
        }

        public Weighed Weigh(Phrasing phrasing)
        {
            if (_weighed.TryGetValue(phrasing, out var known)) return known;
            var text = TaskText.Of(phrasing.Task);
            var weights = new double[text.Words.Count];
            var meaning = new float[WordVectors.Dimensions];
            for (var i = 0; i < weights.Length; i++)
            {
                var word = text.Words[i];
                var rarity = Math.Max(0, -Math.Log((_texts.GetValueOrDefault(word) + (PriorTexts * word.Prior)) / (_count + PriorTexts)));
                weights[i] = Math.Pow(rarity, RarityPower) * text.Counts[i];
                if (word.Known is not { } w) continue;
                weights[i] *= Math.Exp(TellingPower * w.Telling);
                TensorPrimitives.MultiplyAdd(w.Meaning, (float)(rarity * text.Counts[i]), meaning, meaning);
            }

            if (TensorPrimitives.Norm<float>(meaning) is var length and > 0) TensorPrimitives.Divide(meaning, length, meaning);
            return _weighed[phrasing] = new(text, weights, weights.Sum(), meaning, phrasing.Error is { } error ? TaskText.Of(error) : null);
        }
    }

    [GeneratedRegex(@"\b(?:[A-Z][A-Za-z0-9]*)?(?:[Ee]rror|Exception|Timeout|Failure|ERROR)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Error();

    // Paths, addresses, and ids in hexadecimal: they differ although the error is the same.
    [GeneratedRegex(@"\S*[/\\]\S+|\b(?:0x)?[0-9a-fA-F]{8,}\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
